#include "engine/registry/provider_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/file_references.h"

namespace rolegate {
namespace {

constexpr absl::string_view kJwksFile = "JwksFile";
constexpr absl::string_view kMetadataFile = "SAMLMetadataFile";

}  // namespace

void ProviderBuilder::BuildAll() {
  for (const ParsedFile* file : files_) {
    for (const auto& entity : file->entities.others().openid_providers) {
      Add(entity, *file);
    }
    for (const auto& entity : file->entities.others().saml_providers) {
      Add(entity, *file);
    }
  }
  for (const ParsedFile* file : files_) {
    if (file->kind != ParsedFile::Kind::kKeySet || referenced_.contains(file)) {
      continue;
    }
    faults_->push_back(
        {Severity::kError, file->name(), "", Position{1, 1},
         std::string(kUnknownEntity),
         "this object is no entity of a registry: it is a key set, and "
         "no provider's `JwksFile` names it"});
  }
}

void ProviderBuilder::Add(const OpenIdProviderEntity& entity,
                          const ParsedFile& file) {
  if (!DefineOnce(entity, file, &openid_definitions_)) return;
  auto provider = std::make_shared<OpenIdProvider>(entity.provider);
  if (!entity.jwks_file.empty()) {
    provider->jwks = TextOf(entity.jwks_file, kJwksFile, file, entity.place);
  }
  if (!provider->jwks.empty() && options_.jwks_check != nullptr) {
    const absl::Status status = options_.jwks_check(provider->jwks);
    if (!status.ok()) {
      Fault(kInvalidMember, file, entity.place,
            absl::StrCat("the key set of `", provider->arn, "` ",
                         status.message()));
    }
  }
  openid_providers_.push_back(std::move(provider));
}

void ProviderBuilder::Add(const SamlProviderEntity& entity,
                          const ParsedFile& file) {
  if (!DefineOnce(entity, file, &saml_definitions_)) return;
  auto provider = std::make_shared<SamlProvider>(entity.provider);
  if (!entity.metadata_file.empty()) {
    provider->document =
        TextOf(entity.metadata_file, kMetadataFile, file, entity.place);
  }
  if (!provider->document.empty() && options_.saml_metadata_reader != nullptr) {
    absl::StatusOr<SamlMetadata> metadata =
        options_.saml_metadata_reader(provider->document);
    if (metadata.ok()) {
      provider->metadata = *std::move(metadata);
    } else {
      Fault(kInvalidMember, file, entity.place,
            absl::StrCat("the metadata of `", provider->arn,
                         "`: ", metadata.status().message()));
    }
  }
  saml_providers_.push_back(std::move(provider));
}

template <typename Entity>
bool ProviderBuilder::DefineOnce(const Entity& entity, const ParsedFile& file,
                                 Definitions<Entity>* definitions) {
  const std::string& arn = entity.provider.arn;
  if (arn.empty()) return false;  // the reader reported it
  const Defined<Entity> defined{&entity, &file};
  const auto [at, added] = definitions->emplace(arn, defined);
  if (!added) {
    clashes_->Report(at->second, defined, [&](const auto&, const auto& other) {
      return absl::StrCat("`", arn, "` is already defined in ",
                          other.ShowPlace());
    });
  }
  return added;
}

std::string ProviderBuilder::TextOf(const std::string& reference,
                                    absl::string_view member,
                                    const ParsedFile& from,
                                    const Place& place) {
  for (const std::string& name : ReferenceCandidates(from.name(), reference)) {
    const ParsedFile* const file = FindFile(name);
    if (file == nullptr) continue;
    referenced_.insert(file);
    // Keys and metadata decide who a provider is.
    if (const Fence* fence = clashes_->FenceOf(*file)) {
      Fault(kOutsideFence, from, place,
            absl::StrCat("`", member, "`: `", name, "` stands in fence `",
                         fence->path, "`, which admits no identity provider"));
      return "";
    }
    if (file->kind == ParsedFile::Kind::kEntities) {
      Fault(kInvalidReference, from, place,
            absl::StrCat("`", member, "` names ", name,
                         ", which is read as entities of the registry: "
                         "expected a key set, which is a JSON object with "
                         "`keys`, or a file whose name does not end with "
                         "`.json`"));
      return "";
    }
    if (file->kind == ParsedFile::Kind::kKeySet && member != kJwksFile) {
      Fault(kInvalidReference, from, place,
            absl::StrCat(
                "`", member, "` names ", name,
                ", which is a key set: expected the XML of the provider's "
                "metadata"));
      return "";
    }
    if (!file->text.empty()) return file->text.str();
    break;
  }
  Fault(kMissingFile, from, place,
        absl::StrCat("`", member, "` names `", reference,
                     "`, which is not in the registry or is empty"));
  return "";
}

const ParsedFile* ProviderBuilder::FindFile(const std::string& name) const {
  const auto found =
      std::lower_bound(files_.begin(), files_.end(), name,
                       [](const ParsedFile* file, const std::string& wanted) {
                         return file->name() < wanted;
                       });
  return found != files_.end() && (*found)->name() == name ? *found : nullptr;
}

void ProviderBuilder::Fault(absl::string_view code, const ParsedFile& file,
                            const Place& place, std::string message) {
  faults_->push_back({Severity::kError, file.name(), place.ShowPath(),
                      place.position, std::string(code), std::move(message)});
}

}  // namespace rolegate
