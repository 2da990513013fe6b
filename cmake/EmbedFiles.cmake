# Writes a C++ source that holds the bytes of files, for a script:
#
#   cmake -DOUT=assets.cc -DFILES=a.html,b.css -P EmbedFiles.cmake
#
# The source defines ConsoleAssets of service/console/assets.h.
string(REPLACE "," ";" files "${FILES}")
set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${hex}")
  # Compilers take long lines, but people and tools would rather not.
  string(REGEX REPLACE "(................................................................)"
         "\\1\"\n    \"" bytes "${bytes}")
  string(APPEND arrays "constexpr char kFile${number}[] =\n    \"${bytes}\";\n")
  string(APPEND rows
         "    {\"${name}\", {kFile${number}, sizeof(kFile${number}) - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUT}.new" "// Made by cmake/EmbedFiles.cmake.
#include \"service/console/assets.h\"

namespace rolegate::service {
namespace {

${arrays}
constexpr Asset kAssets[] = {
${rows}};

}  // namespace

absl::Span<const Asset> ConsoleAssets() { return kAssets; }

}  // namespace rolegate::service
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUT}.new")
