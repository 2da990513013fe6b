// Identity providers -> providers with their keys and metadata.

#ifndef ROLEGATE_ENGINE_REGISTRY_PROVIDER_BUILDER_H_
#define ROLEGATE_ENGINE_REGISTRY_PROVIDER_BUILDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "engine/registry/clashes.h"
#include "engine/registry/entities.h"
#include "engine/registry/parsed_file.h"

namespace rolegate {

class ProviderBuilder {
 public:
  // `files` are those of one generation, in the order of their names.
  ProviderBuilder(absl::Span<const ParsedFile* const> files,
                  const RegistryOptions& options, Clashes* clashes,
                  Diagnostics* faults)
      : files_(files), options_(options), clashes_(clashes), faults_(faults) {}

  // Builds all providers.  References that lead nowhere or to a file of
  // entities are faults, and so are key sets to which nobody refers.
  void BuildAll();

  std::vector<std::shared_ptr<const OpenIdProvider>> TakeOpenIdProviders() {
    return std::move(openid_providers_);
  }
  std::vector<std::shared_ptr<const SamlProvider>> TakeSamlProviders() {
    return std::move(saml_providers_);
  }

 private:
  void Add(const OpenIdProviderEntity& entity, const ParsedFile& file);
  void Add(const SamlProviderEntity& entity, const ParsedFile& file);

  // Returns false and reports a fault if the ARN is defined already.
  template <typename Entity>
  bool DefineOnce(const Entity& entity, const ParsedFile& file,
                  Definitions<Entity>* definitions);
  // Returns the text of the file that `reference` names.  If it names none that
  // holds such a thing, reports a fault and returns an empty text.
  std::string TextOf(const std::string& reference, absl::string_view member,
                     const ParsedFile& from, const Place& place);
  const ParsedFile* FindFile(const std::string& name) const;
  void Fault(absl::string_view code, const ParsedFile& file, const Place& place,
             std::string message);

  const absl::Span<const ParsedFile* const> files_;
  const RegistryOptions& options_;
  Clashes* const clashes_;
  Diagnostics* const faults_;
  Definitions<OpenIdProviderEntity> openid_definitions_;
  Definitions<SamlProviderEntity> saml_definitions_;
  absl::flat_hash_set<const ParsedFile*> referenced_;
  std::vector<std::shared_ptr<const OpenIdProvider>> openid_providers_;
  std::vector<std::shared_ptr<const SamlProvider>> saml_providers_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_PROVIDER_BUILDER_H_
