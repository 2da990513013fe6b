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

// The result of reading a file.
struct FileText {
  bool stable = true;  // false: it is not what was listed any more
  std::string fault;   // why it cannot be read; empty if it can
  std::string text;
};

// Reads the directory in one pass: lists it, reads what is listed, and says at
// last whether all of it was there at one moment.
class DirectoryReader {
 public:
  // `fences` must outlive the reader.
  DirectoryReader(std::string dir, const RegistryLimits& limits,
                  absl::Span<const Fence> fences = {})
      : dir_(std::move(dir)), limits_(limits), fences_(fences) {}

  // Lists every regular `*.json` below the directory whose path has no part
  // that begins with a dot.  A Kubernetes volume, in the directory or in a
  // folder of it, is read through its `..data` link, which is opened once, so
  // that files of two versions never mix; files beside the link are a fault.
  // These are faults, too: links that leave the directory or lead into a fence
  // in which their names do not stand, FIFOs and the like, what cannot be read,
  // names that nobody can show, and what exceeds the limits.
  DirectoryScan List(const IsFileKnown& is_known);

  // Adds the file of this name to what List listed, whatever the name ends
  // with.  False if there is no such file.
  bool ListOne(const std::string& name, const IsFileKnown& is_known,
               DirectoryScan* scan) const;

  // Lists the files of these names in a directory that was listed before, and
  // leaves out those that are gone.  The scan is restless if that is not
  // enough: a name is not that of a regular file, or the directory is a volume
  // with a `..data` link.
  DirectoryScan ListOnly(const std::vector<std::string>& names);

  // Reads a file that was listed.  Several threads may call it at once.
  FileText Read(const DirectoryScan& scan, const ScannedFile& file) const;

  // Returns what is no longer as it was listed: the directory or a volume by
  // its name, the names in folders, and the known files.  Files that were read
  // since are left out.  If the result is empty and every file was read as it
  // was listed, everything was there at one moment: when the listing ended.
  Diagnostics FindChanges(const DirectoryScan& scan) const;

 private:
  const std::string dir_;
  const RegistryLimits limits_;
  const absl::Span<const Fence> fences_;
  FileDescriptor base_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DIRECTORY_READER_H_
