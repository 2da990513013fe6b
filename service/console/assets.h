// The files of the console's page, which the build takes from `page/`.

#ifndef ROLEGATE_SERVICE_CONSOLE_ASSETS_H_
#define ROLEGATE_SERVICE_CONSOLE_ASSETS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate::service {

struct Asset {
  absl::string_view name;  // "index.html"
  absl::string_view content;
};

absl::Span<const Asset> ConsoleAssets();

// The media type of a file by the end of its name.
absl::string_view MediaTypeOf(absl::string_view name);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_ASSETS_H_
