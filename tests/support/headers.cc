// Compiled for its precompiled headers, which tests/CMakeLists.txt lists.
