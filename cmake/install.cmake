# Install and export: after this, find_package(slide) gives slide::slide.
include(CMakePackageConfigHelpers)

install(TARGETS slide EXPORT slideTargets)
install(DIRECTORY include/slide TYPE INCLUDE)
install(EXPORT slideTargets NAMESPACE slide::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/slide)
configure_package_config_file(cmake/slideConfig.cmake.in slideConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/slide)
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(slideConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/slideConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/slideConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/slide)
if(SLIDE_BUILD_CLI)
  install(TARGETS slide_cli)
endif()
