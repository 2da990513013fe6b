//! Cedar as a library: policies parsed once, and for each question a request
//! and the slice of entities that it is about.  With FOLDER/grants.json the
//! slice holds the container, too, whose attributes say what is granted.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};
use peers::{read_policies, serve, Engine, Question};
use std::collections::{HashMap, HashSet};

const VERSION: &str = "4.14.1"; // as Cargo.toml has it

/// What does not change from one question to the next.
struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    action: EntityTypeName,
    container: EntityTypeName,
    item: EntityTypeName,
    session: Entity,
    granted: HashMap<String, Entity>,
}

fn uid(kind: &EntityTypeName, id: impl AsRef<str>) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// The containers with what is granted on each, as an application keeps them.
fn granted(text: &str, role: &EntityUid) -> HashMap<String, Entity> {
    let grants: HashMap<String, Vec<String>> = serde_json::from_str(text).expect("grants");
    let action: EntityTypeName = "Action".parse().unwrap();
    let container: EntityTypeName = "Container".parse().unwrap();
    let entity = |name: &str, actions: &[String]| {
        let role = RestrictedExpression::new_entity_uid(role.clone());
        let actions = actions
            .iter()
            .map(|a| RestrictedExpression::new_entity_uid(uid(&action, a)));
        let actions = RestrictedExpression::new_set(actions);
        let attributes =
            HashMap::from([("role".to_string(), role), ("actions".to_string(), actions)]);
        Entity::new(uid(&container, name), attributes, HashSet::new()).unwrap()
    };
    grants
        .iter()
        .map(|(name, actions)| (name.clone(), entity(name, actions)))
        .collect()
}

impl Cedar {
    fn new(policies: &str, grants: &str) -> Self {
        let role: EntityUid = r#"Role::"app""#.parse().unwrap();
        let session = r#"Session::"session""#.parse().unwrap();
        Self {
            authorizer: Authorizer::new(),
            policies: policies.parse().expect("policies"),
            action: "Action".parse().unwrap(),
            container: "Container".parse().unwrap(),
            item: "Item".parse().unwrap(),
            granted: granted(grants, &role),
            session: Entity::new_no_attrs(session, HashSet::from([role])),
        }
    }
}

impl Engine for Cedar {
    type Ready = (Request, Entities);

    fn prepare(&self, q: &Question) -> Self::Ready {
        let container = format!("{}/{}", q.kind, q.container);
        let resource = uid(&self.item, format!("{}/{}", container, q.object));
        let ip = RestrictedExpression::new_ip(&q.ip);
        let secure = RestrictedExpression::new_bool(q.secure);
        let context = Context::from_pairs([
            ("source_ip".to_string(), ip),
            ("secure".to_string(), secure),
        ])
        .unwrap();
        let request = Request::new(
            self.session.uid(),
            uid(&self.action, &q.action),
            resource.clone(),
            context,
            None,
        )
        .unwrap();
        let team = RestrictedExpression::new_string(q.team.clone());
        let mut attributes = HashMap::from([("team".to_string(), team)]);
        let mut slice = vec![self.session.clone()];
        let parent = uid(&self.container, &container);
        if let Some(granted) = self.granted.get(&container) {
            let container = RestrictedExpression::new_entity_uid(parent.clone());
            attributes.insert("container".to_string(), container);
            slice.push(granted.clone());
        }
        slice.push(Entity::new(resource, attributes, HashSet::from([parent])).unwrap());
        (request, Entities::from_entities(slice, None).unwrap())
    }

    fn decide(&self, (request, entities): &Self::Ready) -> bool {
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, entities);
        response.decision() == Decision::Allow
    }
}

fn main() {
    let policies = read_policies("policies.cedar").expect("policies");
    let (grants, form) = match read_policies("grants.json") {
        Some(grants) => (grants, "data"),
        None => ("{}".to_string(), "policies"),
    };
    serve(
        &format!("{VERSION}, {form}"),
        Cedar::new(&policies, &grants),
    );
}
