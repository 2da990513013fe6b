// The files that the audit log has filled and put aside, beside the one that it
// writes: `audit.ndjson.20261129T115216.123456Z`, by the time they were put
// aside, so that they sort by age.

#ifndef ROLEGATE_SERVICE_AUDIT_OLD_FILES_H_
#define ROLEGATE_SERVICE_AUDIT_OLD_FILES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace rolegate::service {

// In both, a `path` that is a symbolic link stands for the file to which it
// leads.

// Gives the file at `path` a name of `now` or, if a file aside has that name or
// a later one, of the microsecond behind the latest.  So the names sort by age
// even if the clock went back.  Replaces no file.  The error names the path.
absl::Status PutAside(const std::string& path, absl::Time now);

// Removes all but the newest `keep` files that PutAside named so.  Files of
// any other name stay.  What cannot be removed is left for the next time; the
// error names it.
absl::Status RemoveOldFiles(const std::string& path, std::size_t keep);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_OLD_FILES_H_
