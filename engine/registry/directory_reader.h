// Reads a registry's directory in one consistent pass.

#ifndef ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/registry/directory_scan.h"
#include "engine/registry/fence.h"
#include "engine/registry/file_descriptor.h"
#include "engine/registry/registry_options.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// What came of reading a file.
struct FileText {
  bool stable = true;  // false: it is not what was listed any more
  std::string fault;   // why it cannot be read; empty if it can
  std::string text;
};

// One pass: lists the directory, then reads what is listed, and says at last
// whether all of it is of one moment.
class DirectoryReader {
 public:
  // `fences` outlive it.
  DirectoryReader(std::string dir, const RegistryLimits& limits,
                  absl::Span<const Fence> fences = {})
      : dir_(std::move(dir)), limits_(limits), fences_(fences) {}

  // Lists every regular `*.json` below the directory whose path has no part
  // that begins with a dot.  A Kubernetes volume, in the directory or in a
  // folder of it, is read through its `..data` link, which is opened once, so
  // that files of two versions never mix; files beside the link are a fault.
  // Faults are also: links that leave the directory or lead into a fence that
  // their names do not stand in, FIFOs and the like, what
  // cannot be read, names that nobody can show, and what is over the limits.
  // `is_known` says whether a file's content is known already by its state.
  DirectoryScan List(const IsFileKnown& is_known);

  // Adds the file of this name to what List listed, whatever it ends with.
  // False if there is none.
  bool ListOne(const std::string& name, const IsFileKnown& is_known,
               DirectoryScan* scan) const;

  // Lists the files of these names, of a directory that was listed before;
  // those that are not there are left out.  Restless if that is not enough: a
  // name that is no regular file, or a volume with a `..data` link.
  DirectoryScan ListOnly(const std::vector<std::string>& names);

  // Reads a file that was listed.  By several threads at once.
  FileText Read(const DirectoryScan& scan, const ScannedFile& file) const;

  // What is not any more as it was listed, but for the files that were read
  // since: the directory or a volume by its name, the names in folders, the
  // known files.  If there is nothing, and every file was read as it was
  // listed, all was of one moment: the one at which the listing ended.
  Diagnostics FindChanges(const DirectoryScan& scan) const;

 private:
  const std::string dir_;
  const RegistryLimits limits_;
  const absl::Span<const Fence> fences_;
  FileDescriptor base_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
