//! The crate iam-rs as a library.  Reads the same JSON as Rolegate.

use iam_rs::{
    Arn, Context, Decision, EvaluationOptions, IAMPolicy, IAMRequest, PolicyEvaluator, Principal,
    PrincipalId,
};
use peers::{read_policies, serve, Engine, Question};

const VERSION: &str = "0.8.0"; // as Cargo.toml has it
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/session";

struct Iam(PolicyEvaluator);

impl Engine for Iam {
    type Ready = IAMRequest;

    fn prepare(&self, q: &Question) -> Self::Ready {
        let service = q.action.split(':').next().unwrap();
        let arn = format!(
            "arn:aws:{service}:eu-central-1:123456789012:{}/{}/{}",
            q.kind, q.container, q.object
        );
        let context = Context::new()
            .with_string("aws:SourceIp", &q.ip)
            .with_boolean("aws:SecureTransport", q.secure)
            .with_string("aws:ResourceTag/team", &q.team);
        IAMRequest::new_with_context(
            Principal::Aws(PrincipalId::String(SESSION.to_string())),
            &q.action,
            Arn::parse(&arn).expect("an ARN"),
            context,
        )
    }

    fn decide(&self, request: &Self::Ready) -> bool {
        let result = self.0.evaluate(request).expect("a decision");
        result.decision == Decision::Allow
    }
}

fn main() {
    let text = read_policies("policy.json").expect("policy.json");
    let policy = IAMPolicy::from_json(&text).expect("a policy");
    let options = EvaluationOptions {
        max_statements: usize::MAX,
        ..EvaluationOptions::default()
    };
    serve(
        VERSION,
        Iam(PolicyEvaluator::with_policies(vec![policy]).with_options(options)),
    );
}
