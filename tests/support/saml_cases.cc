#include "tests/support/saml_cases.h"

#include <functional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace rolegate::testing {
namespace {

constexpr char kInvalid[] = "InvalidIdentityToken";
constexpr char kExpired[] = "ExpiredTokenException";
constexpr char kMore[] = "http://www.w3.org/2001/04/xmldsig-more#";
constexpr char kC14n[] = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr char kEnveloped[] =
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

class CaseWriter {
 public:
  CaseWriter(const SamlIdp& idp, const SamlIdp& attacker, absl::Time now)
      : idp_(idp), attacker_(attacker), now_(now) {}

  std::vector<SamlCase> Run() && {
    Good();
    Signatures();
    Wrapping();
    Markup();
    Contents();
    Times();
    return std::move(cases_);
  }

 private:
  AssertionFields Fields() const { return AssertionFields(now_); }

  // A document that is accepted, or why not.
  void Add(std::string name, const std::string& xml, std::string code = "",
           std::string message = "") {
    cases_.push_back({std::move(name), absl::Base64Escape(xml), std::move(code),
                      std::move(message)});
  }
  void AddInvalid(std::string name, const std::string& xml,
                  std::string message) {
    Add(std::move(name), xml, kInvalid, std::move(message));
  }

  std::string Signed(const AssertionFields& fields,
                     const SigningOptions& options = {}) const {
    return idp_.Sign(fields.Render(), fields.id, options);
  }
  // An unsigned Response around a signed assertion.
  std::string Response(const AssertionFields& fields,
                       const SigningOptions& options = {}) const {
    return Unsigned(ResponseAround(Signed(fields, options)));
  }
  std::string SignedResponse(const AssertionFields& fields) const {
    return idp_.Sign(ResponseAround(Unsigned(fields.Render())), "_response");
  }

  void Good() {
    Add("signed assertion in a Response", Response(Fields()));
    Add("signed assertion alone", Signed(Fields()));
    Add("signed Response", SignedResponse(Fields()));
    Add("Response and assertion signed",
        idp_.Sign(ResponseAround(Signed(Fields())), "_response"));
    Add("declaration and byte order mark",
        absl::StrCat("\xEF\xBB\xBF<?xml version=\"1.0\"?>",
                     Response(Fields())));
    for (const char* hash : {"384", "512"}) {
      SigningOptions options;
      options.method = absl::StrCat(kMore, "rsa-sha", hash);
      options.digest = hash == absl::string_view("384")
                           ? absl::StrCat(kMore, "sha384")
                           : "http://www.w3.org/2001/04/xmlenc#sha512";
      Add(absl::StrCat("RSA with SHA-", hash), Response(Fields(), options));
    }
    SigningOptions options;
    options.prefixes = "xs";
    const std::string typed = absl::StrReplaceAll(
        Fields().Render(),
        {{"<saml:Assertion ",
          "<saml:Assertion xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "
          "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "},
         {"<saml:AttributeValue>",
          "<saml:AttributeValue xsi:type=\"xs:string\">"}});
    Add("typed values and inclusive prefixes",
        Unsigned(ResponseAround(idp_.Sign(typed, "_assertion", options))));
    // What KeyInfo says is not even looked at.
    options = {};
    options.key_info =
        absl::StrCat("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
                     attacker_.certificate_base64(),
                     "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>");
    Add("another key in KeyInfo", Response(Fields(), options));
    Add("base64 in lines", "");
    cases_.back().base64 = InLines(absl::Base64Escape(Response(Fields())));
  }

  static std::string InLines(const std::string& text) {
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += 76) {
      absl::StrAppend(&lines, text.substr(at, 76), "\r\n");
    }
    return lines;
  }

  void Signatures() {
    AddInvalid("unsigned",
               Unsigned(ResponseAround(Unsigned(Fields().Render()))),
               "there is no signature");
    AddInvalid("signed by another key",
               Unsigned(ResponseAround(
                   attacker_.Sign(Fields().Render(), "_assertion"))),
               "Response signature invalid");
    SigningOptions options;
    options.key_info =
        absl::StrCat("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
                     attacker_.certificate_base64(),
                     "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>");
    AddInvalid("signed by the key that KeyInfo brings",
               Unsigned(ResponseAround(
                   attacker_.Sign(Fields().Render(), "_assertion", options))),
               "Response signature invalid");
    AddInvalid("one letter of the content changed",
               Replaced(Response(Fields()), "jo@example", "ja@example"),
               "Response signature invalid");
    AddInvalid("Response signed, assertion's signature broken",
               idp_.Sign(ResponseAround(
                             attacker_.Sign(Fields().Render(), "_assertion")),
                         "_response"),
               "Response signature invalid");
    AddInvalid("assertion signed, Response's signature by another key",
               attacker_.Sign(ResponseAround(Signed(Fields())), "_response"),
               "Response signature invalid");

    options = {};
    options.method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    AddInvalid("RSA with SHA-1", Response(Fields(), options),
               "a signature's method must be");
    options = {};
    options.digest = "http://www.w3.org/2000/09/xmldsig#sha1";
    AddInvalid("digest SHA-1", Response(Fields(), options),
               "a signature's digest must be");
    options = {};
    options.method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    AddInvalid("HMAC with the public key", Response(Fields(), options),
               "a signature's method must be");
    options = {};
    options.canonicalization =
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    AddInvalid("inclusive canonicalization of SignedInfo",
               Response(Fields(), options),
               "a signature's canonicalization must be exclusive");
    options = {};
    options.canonicalization = absl::StrCat(kC14n, "WithComments");
    AddInvalid("canonicalization with comments", Response(Fields(), options),
               "a signature's canonicalization must be exclusive");
    options = {};
    options.transforms = {kEnveloped};
    AddInvalid("no canonicalization of the content",
               Response(Fields(), options), "a signature's transforms must be");
    options.transforms = {kC14n};
    AddInvalid("no enveloped signature", Response(Fields(), options),
               "a signature's transforms must be");
    options.transforms = {
        kEnveloped, "http://www.w3.org/TR/1999/REC-xpath-19991116", kC14n};
    AddInvalid("XPath transform", Response(Fields(), options),
               "a signature's transforms must be");
    options.transforms = {kEnveloped,
                          "http://www.w3.org/TR/1999/REC-xslt-19991116"};
    AddInvalid("XSLT transform", Response(Fields(), options),
               "a signature's transforms must be");
    for (const char* uri :
         {"#", "#_response", "#xpointer(/)", "#xpointer(id('_assertion'))",
          "file:///etc/passwd", "http://127.0.0.1/x"}) {
      options = {};
      options.uri = uri;
      AddInvalid(absl::StrCat("reference to ", uri),
                 Response(Fields(), options),
                 "a signature must refer to the element that it is in");
    }
    options = {};
    options.references = "<ds:Reference URI=\"#_assertion\"></ds:Reference>";
    AddInvalid("two references", Response(Fields(), options),
               "exactly one reference");
    options = {};
    options.key_info = "<ds:Object>anything</ds:Object>";
    AddInvalid("an Object in the signature", Response(Fields(), options),
               "a signature is malformed");
    AssertionFields fields = Fields();
    fields.id = "1' or '1";
    AddInvalid("an ID that is no name", Response(fields),
               "a signed element must have an ID");
    AddInvalid(
        "two signatures of one element",
        Replaced(Response(Fields()), "<saml:Subject>",
                 absl::StrCat(SignatureOf(Signed(Fields())), "<saml:Subject>")),
        "there must be one signature for one element");
  }

  static std::string SignatureOf(const std::string& xml) {
    const std::size_t begin = xml.find("<ds:Signature ");
    const std::size_t end = xml.find("</ds:Signature>");
    return xml.substr(begin, end + 15 - begin);
  }
  static std::string WithoutSignature(const std::string& xml) {
    return Replaced(xml, SignatureOf(xml), "");
  }

  // Signature wrapping by the numbers under which it is known (Somorovsky et
  // al., "On Breaking SAML", 2012).  The signature itself always holds.
  void Wrapping() {
    AssertionFields evil_fields = Fields();
    evil_fields.id = "_evil";
    evil_fields.name_id = "admin@example.com";
    evil_fields.Set(absl::StrCat(kAwsAttributes, "RoleSessionName"), {"admin"});
    const std::string evil = Unsigned(evil_fields.Render());
    const std::string good = Signed(Fields());
    const std::string signature = SignatureOf(good);
    const std::string bare = WithoutSignature(good);
    const auto respond = [](const std::string& content) {
      return Unsigned(ResponseAround(content));
    };
    // The evil assertion with something where its signature would be.
    const auto evil_with = [&](const std::string& content) {
      return Replaced(evil_fields.Render(), "@SIGNATURE@", content);
    };
    const auto into = [](const std::string& of, const std::string& content) {
      return Replaced(of, "</ds:Signature>",
                      absl::StrCat(content, "</ds:Signature>"));
    };

    const std::string good_response = SignedResponse(Fields());
    const std::string response_signature = SignatureOf(good_response);
    const std::string bare_response = WithoutSignature(good_response);
    const std::string evil_response = Replaced(
        ResponseAround(evil), "ID=\"_response\"", "ID=\"_evil_response\"");
    AddInvalid("XSW1: the Response inside its own signature",
               Replaced(evil_response, "@SIGNATURE@",
                        into(response_signature, bare_response)),
               "a Response must be the whole document");
    AddInvalid("XSW2: the Response before its detached signature",
               Replaced(evil_response, "@SIGNATURE@",
                        absl::StrCat(bare_response, response_signature)),
               "a Response must be the whole document");
    AddInvalid("XSW3: another assertion before the signed one",
               respond(evil + good), "there must be exactly one assertion");
    AddInvalid("XSW4: the signed assertion inside another",
               respond(evil_with(good)), "there must be exactly one assertion");
    AddInvalid("XSW5: the signature moved, its assertion at the end",
               respond(evil_with(signature) + bare),
               "there must be exactly one assertion");
    AddInvalid("XSW6: the assertion inside the moved signature",
               respond(evil_with(into(signature, bare))),
               "there must be exactly one assertion");
    AddInvalid("XSW7: another assertion in Extensions",
               respond(absl::StrCat("<samlp:Extensions>", evil,
                                    "</samlp:Extensions>", good)),
               "the assertion must be the Response's child");
    AddInvalid(
        "XSW8: the assertion in an Object of the moved signature",
        respond(evil_with(into(
            signature, absl::StrCat("<ds:Object>", bare, "</ds:Object>")))),
        "there must be exactly one assertion");

    AddInvalid("XSW: the same ID twice",
               respond(Replaced(evil, "_evil", "_assertion") + good),
               "there must be exactly one assertion");
    AddInvalid("XSW: the ID of the assertion on another element",
               Replaced(respond(good), "<samlp:Status>",
                        "<samlp:Status Id=\"_assertion\">"),
               "an ID is there twice");
    AddInvalid("XSW: xml:id",
               Replaced(respond(good), "<samlp:Status>",
                        "<samlp:Status xml:id=\"_other\">"),
               "an ID must have no namespace");
    AddInvalid("XSW: the signature in the Response",
               Replaced(ResponseAround(bare), "@SIGNATURE@", signature),
               "a signature must refer to the element that it is in");
    AddInvalid("XSW: the signature in the Status",
               Replaced(respond(bare), "<samlp:Status>",
                        absl::StrCat("<samlp:Status>", signature)),
               "a signature must be in what it signs");
    AddInvalid("XSW: another assertion in Advice",
               respond(Signed(WithMore(
                   absl::StrCat("<saml:Advice>", evil, "</saml:Advice>")))),
               "there must be exactly one assertion");
    AddInvalid("XSW: the signed assertion under another root",
               absl::StrCat("<x>", good, "</x>"),
               "neither a Response nor an Assertion");
  }

  AssertionFields WithMore(std::string more) const {
    AssertionFields fields = Fields();
    fields.more = std::move(more);
    return fields;
  }

  void Markup() {
    const std::string good = Response(Fields());
    const char* const no_markup = "are not allowed";
    AddInvalid("comment in a value",
               Replaced(good, "jo@example.com", "jo@example<!-- -->.com"),
               no_markup);
    AddInvalid("processing instruction in a value",
               Replaced(good, "jo@example.com", "jo@example<?x?>.com"),
               no_markup);
    AddInvalid("CDATA section",
               Replaced(good, "jo@example.com", "<![CDATA[jo@example.com]]>"),
               no_markup);
    AddInvalid("DOCTYPE", absl::StrCat("<!DOCTYPE x>", good), no_markup);
    AddInvalid("external entity",
               absl::StrCat("<!DOCTYPE x [<!ENTITY e SYSTEM "
                            "\"file:///etc/passwd\">]>",
                            Replaced(good, "jo@example.com", "&e;")),
               no_markup);
    AddInvalid("entities of entities",
               absl::StrCat("<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\">"
                            "<!ENTITY b \"&a;&a;&a;&a;\">]>",
                            Replaced(good, "jo@example.com", "&b;")),
               no_markup);
    AddInvalid("an entity that nobody declared",
               Replaced(good, "jo@example.com", "&e;"), "not well-formed XML");
    AddInvalid("a prefix that nobody declared",
               Replaced(good, "<samlp:Status>", "<samlp:Status a:b=\"c\">"),
               "not well-formed XML");
    AddInvalid("UTF-16",
               absl::StrCat("\xFF\xFE", std::string("<\0r\0/\0>\0", 8)),
               "not UTF-8");
    AddInvalid("two roots", absl::StrCat(good, good), "not well-formed XML");
    AddInvalid("no XML at all", "assertion", "not well-formed XML");
    std::string deep;
    for (int i = 0; i < 40; ++i) absl::StrAppend(&deep, "<a>");
    for (int i = 0; i < 40; ++i) absl::StrAppend(&deep, "</a>");
    AddInvalid("deep",
               Replaced(good, "<samlp:Status>", deep + "<samlp:Status>"),
               "more than 32 levels");
    std::string wide;
    for (int i = 0; i < 9000; ++i) absl::StrAppend(&wide, "<a/>");
    AddInvalid("wide",
               Replaced(good, "<samlp:Status>", wide + "<samlp:Status>"),
               "8192 nodes");
    Add("not base64", "", kInvalid, "the assertion is not base64");
    cases_.back().base64 = "@@@@";
    AddInvalid("encrypted",
               Unsigned(ResponseAround("<saml:EncryptedAssertion "
                                       "xmlns:saml=\"urn:oasis:names:tc:SAML:2."
                                       "0:assertion\"/>")),
               "encrypted assertions are not supported");
    AddInvalid("no assertion", Unsigned(ResponseAround("")),
               "there is no assertion");
  }

  void Contents() {
    const auto add = [&](std::string name, std::string message,
                         const std::function<void(AssertionFields&)>& change,
                         std::string code = kInvalid) {
      AssertionFields fields = Fields();
      change(fields);
      Add(std::move(name), Response(fields), std::move(code),
          std::move(message));
    };
    add("SAML 1.1", "SAML 2.0", [](auto& f) { f.version = "1.1"; });
    add("another Issuer", "Issuer not present in specified provider",
        [](auto& f) { f.issuer = "https://other.example.com/saml"; });
    add("Issuer with a space", "Issuer not present in specified provider",
        [](auto& f) { f.issuer += " "; });
    add("two NameIDs", "one NameID", [](auto& f) {
      f.subject_confirmation =
          "<saml:NameID>x</saml:NameID>" + f.subject_confirmation;
    });
    add("an element in the NameID", "one NameID",
        [](auto& f) { f.name_id = "a<saml:b>x</saml:b>"; });
    add("no NameID's text", "one NameID", [](auto& f) { f.name_id = ""; });
    add("no SubjectConfirmation", "exactly one SubjectConfirmation",
        [](auto& f) { f.subject_confirmation = ""; });
    add("two SubjectConfirmations", "exactly one SubjectConfirmation",
        [](auto& f) { f.subject_confirmation += f.subject_confirmation; });
    add("a holder of a key", "exactly one SubjectConfirmation", [](auto& f) {
      f.subject_confirmation =
          Replaced(f.subject_confirmation, "cm:bearer", "cm:holder-of-key");
    });
    add("no Recipient", "a Recipient and a NotOnOrAfter", [](auto& f) {
      f.subject_confirmation =
          Replaced(f.subject_confirmation, " Recipient=", " Nobody=");
    });
    add("a confirmation without end", "a Recipient and a NotOnOrAfter",
        [](auto& f) {
          f.subject_confirmation =
              Replaced(f.subject_confirmation, "NotOnOrAfter", "NotOn");
        });
    add("another Recipient", "another Recipient", [&](auto& f) {
      f.subject_confirmation = SubjectConfirmation(
          now_ + absl::Minutes(5), "https://elsewhere.example.com/saml");
    });
    add("another audience", "the required audience", [&](auto& f) {
      f.conditions = Conditions(now_, now_ + absl::Minutes(5), "urn:other");
    });
    add("no AudienceRestriction", "the required audience",
        [](auto& f) { f.conditions = "<saml:Conditions/>"; });
    add("no Conditions", "the required audience",
        [](auto& f) { f.conditions = ""; });
    add("one of two AudienceRestrictions is for others",
        "the required audience", [](auto& f) {
          f.conditions = Replaced(
              f.conditions, "</saml:Conditions>",
              "<saml:AudienceRestriction><saml:Audience>urn:other"
              "</saml:Audience></saml:AudienceRestriction></saml:Conditions>");
        });
    add("OneTimeUse", "a condition that is not supported", [](auto& f) {
      f.conditions = Replaced(f.conditions, "</saml:Conditions>",
                              "<saml:OneTimeUse/></saml:Conditions>");
    });
    add("no AuthnStatement", "no AuthnStatement",
        [](auto& f) { f.authn_statement = ""; });

    for (const char* status : {"Responder", "Requester", "AuthnFailed"}) {
      Add(absl::StrCat("Status ", status),
          Unsigned(ResponseAround(Signed(Fields()), status)),
          "IDPRejectedClaim", "did not authenticate");
    }
    Add("a refusal without assertion",
        Unsigned(ResponseAround("", "Responder")), "IDPRejectedClaim",
        "did not authenticate");
    AddInvalid("no Status",
               Replaced(Response(Fields()), "<samlp:StatusCode", "<samlp:Code"),
               "no Status");
    AddInvalid("another Destination",
               Unsigned(ResponseAround(
                   Signed(Fields()), "Success",
                   " Destination=\"https://elsewhere.example.com\"")),
               "another Destination");
  }

  void Times() {
    const auto add = [&](std::string name, std::string code,
                         std::string message,
                         const std::function<void(AssertionFields&)>& change) {
      AssertionFields fields = Fields();
      change(fields);
      Add(std::move(name), Response(fields), std::move(code),
          std::move(message));
    };
    // Both near enough to now for a slow run of all the cases.
    const absl::Duration skew = absl::Seconds(5);
    const absl::Duration beyond = absl::Seconds(120);
    add("issued within the skew", "", "",
        [&](auto& f) { f.issue_instant = SamlTime(now_ + skew); });
    add("issued in the future", kInvalid, "not yet valid",
        [&](auto& f) { f.issue_instant = SamlTime(now_ + beyond); });
    add("issued seven minutes ago", kExpired,
        "Token must be redeemed within 5 minutes of issuance",
        [&](auto& f) { f.issue_instant = SamlTime(now_ - absl::Minutes(7)); });
    add("conditions begin within the skew", "", "", [&](auto& f) {
      f.conditions = Conditions(now_ + skew, now_ + absl::Minutes(5));
    });
    add("conditions begin later", kInvalid, "not yet valid", [&](auto& f) {
      f.conditions = Conditions(now_ + beyond, now_ + absl::Minutes(5));
    });
    add("conditions ended within the skew", "", "", [&](auto& f) {
      f.conditions = Conditions(now_ - absl::Minutes(5), now_ - skew);
    });
    add("conditions ended", kExpired, "Response has expired", [&](auto& f) {
      f.conditions = Conditions(now_ - absl::Minutes(5), now_ - beyond);
    });
    add("confirmation ended within the skew", "", "", [&](auto& f) {
      f.subject_confirmation = SubjectConfirmation(now_ - skew);
    });
    add("confirmation ended", kExpired, "Response has expired", [&](auto& f) {
      f.subject_confirmation = SubjectConfirmation(now_ - beyond);
    });
    add("confirmation begins later", kInvalid, "not yet valid", [&](auto& f) {
      f.subject_confirmation =
          Replaced(f.subject_confirmation, " Recipient",
                   absl::StrCat(" NotBefore=\"", SamlTime(now_ + beyond),
                                "\" Recipient"));
    });
    add("the provider's session ended", kExpired, "session has ended",
        [&](auto& f) {
          f.authn_statement =
              Replaced(f.authn_statement, "/>",
                       absl::StrCat(" SessionNotOnOrAfter=\"",
                                    SamlTime(now_ - skew), "\"/>"));
        });
    for (const char* time : {"2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00",
                             "infinite-past", "1767225600", ""}) {
      add(absl::StrCat("IssueInstant `", time, "`"), kInvalid,
          "an IssueInstant in UTC", [&](auto& f) { f.issue_instant = time; });
    }
  }

  const SamlIdp& idp_;
  const SamlIdp& attacker_;
  const absl::Time now_;
  std::vector<SamlCase> cases_;
};

}  // namespace

std::vector<SamlCase> SamlCases(const SamlIdp& idp, const SamlIdp& attacker,
                                absl::Time now) {
  return CaseWriter(idp, attacker, now).Run();
}

}  // namespace rolegate::testing
