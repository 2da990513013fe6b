// Digests of content, by SHA-256.

#ifndef ROLEGATE_ENGINE_REGISTRY_CONTENT_DIGEST_H_
#define ROLEGATE_ENGINE_REGISTRY_CONTENT_DIGEST_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/text/sha256.h"

namespace rolegate {

// Digests a sequence of texts.  Their sizes are digested as well, so that no
// two sequences look alike.
class DigestWriter {
 public:
  template <typename... Texts>
  void Add(const Texts&... texts) {
    (AddOne(texts), ...);
  }
  std::string Finish() const { return Sha256(bytes_); }

 private:
  void AddOne(absl::string_view text) {
    absl::StrAppend(&bytes_, text.size(), ":", text);
  }

  std::string bytes_;
};

// Derives the unique id of an entity whose file gives none: `prefix` and 17
// characters of [A-Z2-7], the same on every replica.  An entity that is deleted
// and made again with the same creation date has the same id.
std::string DeriveUniqueId(absl::string_view prefix, absl::string_view arn,
                           absl::string_view create_date);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_CONTENT_DIGEST_H_
