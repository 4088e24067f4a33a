// Every option of networks and their training, with its default. The range of
// each, and what more of it costs, are told by slide/option_fields.h. Structs
// nest as the things they configure nest; the constructor that takes one calls
// Validate() once, and nothing changes an option later.
#pragma once

#include "slide/options/calibrate.h"
#include "slide/options/checkpoint.h"
#include "slide/options/export.h"
#include "slide/options/hash.h"
#include "slide/options/network.h"
#include "slide/options/train.h"
#include "slide/options/weights.h"
