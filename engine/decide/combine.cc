#include "engine/decide/combine.h"

namespace rolegate {
namespace {

class Combiner {
 public:
  Combiner(const CombineFacts& facts, Decision* decision)
      : facts_(facts),
        resource_layer_(facts.is_trust_request ? Layer::kTrust
                                               : Layer::kResource),
        decision_(*decision) {}

  void Run() {
    decision_.cross_account = HasAccount(facts_.caller) && !facts_.same_account;
    if (DeniedExplicitly()) return;

    // The limits of an organisation hold for everybody.
    if (!AllowedByLimit(Layer::kRcp) || !AllowedByLimit(Layer::kScp)) return;
    if (!HasAccount(facts_.caller)) return DecideWithoutAccount();
    if (facts_.caller == PrincipalKind::kRoot) {
      if (facts_.is_trust_request) {  // Rule 114
        return Deny(Reason::kRootMayNotAssume, resource_layer_);
      }
      if (facts_.same_account) return Allow(Layer::kIdentity);  // Rule 113
    }
    return facts_.same_account ? DecideWithinAccount() : DecideAcross();
  }

 private:
  // Rule 108: an explicit deny anywhere is final.
  bool DeniedExplicitly() {
    static constexpr Layer kOrder[] = {
        Layer::kScp,      Layer::kRcp,      Layer::kTrust,  Layer::kResource,
        Layer::kIdentity, Layer::kBoundary, Layer::kSession};
    for (Layer layer : kOrder) {
      if (decision_[layer].verdict != Verdict::kExplicitDeny) continue;
      decision_.verdict = Verdict::kExplicitDeny;
      decision_.reason = Reason::kExplicitDeny;
      decision_.layer = layer;
      return true;
    }
    return false;
  }

  // Rule 112: services, federated callers and nobody need the resource's own
  // policy alone.
  void DecideWithoutAccount() {
    if (GrantedAt(MatchLevel::kDirect)) return Allow(resource_layer_);
    Deny(Reason::kNoAllow, resource_layer_);
  }

  // Rules 111 and 121: both accounts must allow, and no direct grant is a short
  // cut.
  void DecideAcross() {
    if (!OwnPoliciesAllow() || !WithinLimits()) return;
    if (decision_[resource_layer_].verdict != Verdict::kAllow) {
      return Deny(Reason::kNoAllow, resource_layer_);
    }
    return Allow(resource_layer_);
  }

  // Rules 110, 118 and 119: a grant to the very caller needs nothing else, and
  // one to its role is still limited.  Rule 43: one to its account only lets
  // the identity policies decide.
  void DecideWithinAccount() {
    if (GrantedAt(MatchLevel::kDirect)) return Allow(resource_layer_);
    if (GrantedAt(MatchLevel::kEntity)) {
      if (WithinLimits()) Allow(resource_layer_);
      return;
    }
    // Rule 115: a trust policy must allow within an account, too.
    if (facts_.is_trust_request && !GrantedAt(MatchLevel::kAccount)) {
      return Deny(Reason::kNoAllow, resource_layer_);
    }
    if (OwnPoliciesAllow() && WithinLimits()) Allow(Layer::kIdentity);
  }

  bool GrantedAt(MatchLevel level) const {
    const LayerOutcome& resource = decision_[resource_layer_];
    return resource.verdict == Verdict::kAllow && resource.level >= level;
  }

  // Rule 107: nothing is allowed without an Allow.  Records the denial if the
  // caller's own policies do not allow.
  bool OwnPoliciesAllow() {
    if (!facts_.identity_is_external &&
        decision_[Layer::kIdentity].verdict != Verdict::kAllow) {
      Deny(Reason::kNoAllow, Layer::kIdentity);
      return false;
    }
    // Rule 120: a federated user has what its session policy lets it have of
    // the permissions of the user who made it, and without one nothing.
    if (facts_.caller == PrincipalKind::kFederatedUser &&
        !decision_[Layer::kSession].present) {
      Deny(Reason::kNoAllow, Layer::kSession);
      return false;
    }
    return true;
  }

  // Rule 109: a boundary and session policies limit and never grant.
  bool WithinLimits() {
    return AllowedByLimit(Layer::kBoundary) && AllowedByLimit(Layer::kSession);
  }

  // Records the denial if the layer is there and does not allow.
  bool AllowedByLimit(Layer layer) {
    const LayerOutcome& outcome = decision_[layer];
    if (!outcome.present || outcome.verdict == Verdict::kAllow) return true;
    Deny(Reason::kLimited, layer);
    return false;
  }

  void Allow(Layer layer) {
    decision_.verdict = Verdict::kAllow;
    decision_.reason = Reason::kAllowed;
    decision_.layer = layer;
  }
  void Deny(Reason reason, Layer layer) {
    decision_.verdict = Verdict::kImplicitDeny;
    decision_.reason = reason;
    decision_.layer = layer;
  }

  const CombineFacts facts_;
  const Layer resource_layer_;
  Decision& decision_;
};

}  // namespace

CombineFacts FactsOf(const Request& request, const PolicySet& policies) {
  CombineFacts facts;
  facts.caller = request.principal.kind;
  facts.same_account = request.principal.account == request.resource_account;
  facts.is_trust_request = IsTrustRequest(*request.action, *request.resource);
  facts.identity_is_external = policies.identity_is_external;
  return facts;
}

void Combine(const CombineFacts& facts, Decision* decision) {
  Combiner(facts, decision).Run();
}

}  // namespace rolegate
