// Tags of users, roles and sessions.

#ifndef ROLEGATE_ENGINE_TEXT_TAG_H_
#define ROLEGATE_ENGINE_TEXT_TAG_H_

#include <string>

namespace rolegate {

// Keys compare without regard to ASCII case, values byte for byte.
struct Tag {
  std::string key;
  std::string value;

  friend bool operator==(const Tag&, const Tag&) = default;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_TAG_H_
