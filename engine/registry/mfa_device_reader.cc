#include "engine/registry/mfa_device_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxDevices = 8;  // as AWS has it

bool HasOnly(absl::string_view text, absl::string_view marks) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           marks.find(c) != absl::string_view::npos;
  });
}

bool IsSerialNumber(absl::string_view text) {
  return text.size() >= 9 && text.size() <= 256 && HasOnly(text, "_+=/:,.@-");
}

// One file of the folder of seeds, whatever the registry says.
bool IsFileName(absl::string_view text) {
  return !text.empty() && text.size() <= 128 && text.front() != '.' &&
         HasOnly(text, "_.@+-");
}

}  // namespace

std::vector<MfaDevice> ReadMfaDevices(const ObjectReader& user,
                                      const RegistryOptions& options,
                                      FileFaults& faults) {
  std::vector<MfaDevice> devices;
  absl::flat_hash_set<std::string> seen;
  for (const JsonNode& node : user.List("MFADevices")) {
    const ObjectReader object(
        node, absl::StrCat(user.PathOf("MFADevices"), "[", devices.size(), "]"),
        options, faults);
    if (!object.valid()) return devices;
    object.ExpectMembers(members::kMfaDevice);
    MfaDevice device;
    device.serial_number = object.String("SerialNumber", /*required=*/true);
    device.seed_file = object.String("SeedFile", /*required=*/true);
    if (!device.serial_number.empty() &&
        !IsSerialNumber(device.serial_number)) {
      object.Fault(kInvalidMember, "SerialNumber",
                   "expected 9 to 256 of letters, digits and `_+=/:,.@-`");
    }
    if (const std::optional<Arn> arn = Arn::Parse(device.serial_number);
        arn && !IsAccountId(arn->account)) {
      object.Fault(kInvalidMember, "SerialNumber",
                   absl::StrCat("`", device.serial_number,
                                "` is not the ARN of a device: ",
                                kAccountHasTwelveDigits));
    }
    if (!device.seed_file.empty() && !IsFileName(device.seed_file)) {
      object.Fault(kInvalidMember, "SeedFile",
                   "expected the name of a file in `mfa.seed_dir`: letters, "
                   "digits and `_.@+-`, no path and no dot in front");
    }
    if (!seen.insert(device.serial_number).second) {
      object.Fault(kInvalidMember, "SerialNumber",
                   absl::StrCat("`", device.serial_number, "` is given twice"));
    }
    devices.push_back(std::move(device));
  }
  if (devices.size() > kMaxDevices) {
    user.Fault(kLimitExceeded, "MFADevices",
               absl::StrCat("expected at most ", kMaxDevices,
                            " devices, found ", devices.size()));
  }
  return devices;
}

}  // namespace rolegate
