// Compiled patterns and values in the words of the policy language, for
// explanations.  Long lists end in "and 12 more".

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_TEXT_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_TEXT_H_

#include <string>
#include <vector>

#include "engine/program/program_views.h"

namespace rolegate {

// "`arn:aws:s3:::home/${aws:username}/*`, `*`": the statement's resources.
std::string ShowResources(StatementView statement);

// The statement's principals in the same form.
std::string ShowPrincipals(StatementView statement);

// The values that a condition compares with, in the same form.
std::string ShowValues(ConditionView condition);

// "arn:aws:s3:::home/${aws:username}/*": a template as policies write it.
std::string ShowTemplate(TemplateView text);

// Each value of a condition by itself, as `show` makes a text of a template.
std::vector<std::string> TextsOfValues(ConditionView condition,
                                       std::string (*show)(TemplateView));

// The pieces of a template, each in brackets, so that it shows where the text
// was split: "[a/][$aws:username][/][*]".  "[]" for an empty template.
std::string ShowPieces(TemplateView text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_TEXT_H_
