# How our own code is compiled.  Link rolegate_options privately.
add_library(rolegate_options INTERFACE)
target_compile_options(rolegate_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
  # GCC 12 reports std::string assignments that cannot overlap or overflow
  # (PR 105329, PR 105651), and values of absl::InlinedVector that are set.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

if(ROLEGATE_SANITIZE)
  add_compile_options(-fsanitize=${ROLEGATE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROLEGATE_SANITIZE})
  if(ROLEGATE_SANITIZE MATCHES "undefined")
    # RapidJSON adds to null pointers in an empty stack, which clang tells.
    add_compile_options(-fno-sanitize-recover=undefined
      -fno-sanitize=pointer-overflow)
  endif()
endif()

find_program(ROLEGATE_CCACHE ccache)
if(ROLEGATE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ROLEGATE_CCACHE})
endif()
