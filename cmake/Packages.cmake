# Everything Rolegate is built on, as Debian 12 packages it.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(OpenSSL REQUIRED)

find_path(ROLEGATE_RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)
add_library(rolegate_rapidjson INTERFACE)
target_include_directories(rolegate_rapidjson SYSTEM INTERFACE
  ${ROLEGATE_RAPIDJSON_INCLUDE_DIR})

if(ROLEGATE_BUILD_SERVICE OR ROLEGATE_BUILD_FUZZERS)
  find_package(Protobuf REQUIRED)  # the module; Debian has no config file
endif()
if(ROLEGATE_BUILD_SERVICE)
  find_package(gRPC CONFIG REQUIRED)
  find_package(yaml-cpp REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(CURL REQUIRED)
  find_package(PkgConfig REQUIRED)
  # Its CMake files would want its HTTP server, too.
  pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
  find_package(Boost REQUIRED)  # its headers alone, which need no flags
endif()
if(ROLEGATE_BUILD_SERVICE OR ROLEGATE_BUILD_FUZZERS)
  find_package(ZLIB REQUIRED)
  find_package(PkgConfig REQUIRED)  # these have no CMake files
  pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
  pkg_check_modules(XMLSEC REQUIRED IMPORTED_TARGET xmlsec1-openssl)
endif()
if(ROLEGATE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
