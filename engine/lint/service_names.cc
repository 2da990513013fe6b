#include "engine/lint/service_names.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/text/spelling.h"

namespace rolegate {
namespace {

// The names of AWS's services without `.amazonaws.com` and without a region, in
// alphabetical order.  They were put together in November 2026 from the service
// principals that the project iam-floyd collects from AWS's documentation
// (release 0.851.0), the principals and action prefixes in AWS's managed
// policies, the services that AWS documents as working with AWS Organizations,
// and the endpoints and signing names of botocore's service models.  A name
// that is missing here is no fault: it is only not told from others.
constexpr absl::string_view kServices = R"(
a2c a2i-runtime.sagemaker a4b access-analyzer access-grants.s3 account
account-access acm acm-pca aco-automation action-recommendations admin.wickr
agent-registry agent.wellarchitected agentless.inspector2 agreement-marketplace
aidevops aiops aiops.alarms.cloudwatch airflow airflow-env airflow-serverless
amazonmq ami.inspector2 amplify amplifybackend amplifyuibuilder aoss
api.detective api.ecr api.ecr-public api.iotdeviceadvisor
api.iotmanagedintegrations api.iotwireless api.mediatailor api.pricing
api.sagemaker api.tunneling.iot apidestinations.events apigateway
app-integrations appconfig appconfigdata appfabric appflow
application-autoscaling application-cost-profiler application-insights
application-signals application-signals.cloudwatch application-transformation
applicationinsights applicationwizard appmesh appmesh-preview apprunner
appstream appstream.application-autoscaling appstream2 appstudio appsync
apptest aps arc-region-switch arc-zonal-shift arsenal artifact
assets.marketplace athena auditmanager automation autoscaling autoscaling-plans
aws-artifact-account-sync aws-external-anthropic aws-marketplace
aws-marketplace-management aws-portal awsconnector awsssoportal b2bi backup
backup-gateway backup-search backup-storage batch batchoperations.s3
bcm-dashboards bcm-data-exports bcm-pricing-calculator bcm-recommended-actions
bedrock bedrock-agent bedrock-agent-runtime bedrock-agentcore
bedrock-agentcore-control bedrock-data-automation
bedrock-data-automation-runtime bedrock-mantle bedrock-runtime billing
billingconductor billingconsole billingreports braket budgets bugbust
build.apprunner cases cassandra cassandra-streams
cassandra.application-autoscaling catalog catalog-admin catalog-user
catalog.marketplace ce channels.lex channels.lexv2 chatbot chime cleanrooms
cleanrooms-ml cloud9 cloudasset cloudcontrolapi clouddirectory cloudformation
cloudfront cloudfront-keyvaluestore cloudhsm cloudhsmv2 cloudsearch
cloudsearchdomain cloudshell cloudtrail cloudtrail-data cloudwatch
cloudwatch-crossaccount codeartifact codebuild codecatalyst codecatalyst-runner
codecommit codeconnections codedeploy codeguru codeguru-profiler
codeguru-reviewer codeguru-security codepipeline codestar codestar-connections
codestar-notifications codewhisperer cognito-identity cognito-identity-us-gov
cognito-idp cognito-sync comprehend comprehend.application-autoscaling
comprehendmedical compute-optimizer config config-conforms
config-multiaccountsetup connect connect-campaigns consoleapp
consolidatedbilling contact-lens context.cloudtrail continuousexport.discovery
contract.iq contributorinsights.dynamodb controlcatalog
controlplane.payment-cryptography controltower cost-optimization-hub
cost-optimization-hub.bcm costalerts credentials.iot crowd cur
custom-resource.application-autoscaling custom.rds custom.rds-preview
customer-verification data-ats.iot data-signer data.iotevents data.jobs.iot
data.mediastore data.qapps databrew dataexchange datapipeline
dataplane.payment-cryptography datasync datazone datazonecontrol dax dbqms
deadline deepcomposer deeplens deepracer delivery.logs deployment-marketplace
detective devicefarm devops-guru diode directconnect
directquery.opensearchservice discovery discovery-marketplace dlm dms
dmsintegration.migrationhub docdb-elastic drs ds ds-data dsql dynamodb
dynamodb.application-autoscaling ebs ebs.csi.eks ec ec2 ec2-images
ec2-instance-connect ec2-reports ec2.application-autoscaling
ec2.application-status-checks ec2.capacitymanager ec2fastlaunch ec2fleet
ec2messages ec2scheduled ec2sqlha ecr ecr-public ecs ecs-compute ecs-tasks
ecs.application-autoscaling edge.sagemaker edgelambda eks eks-auth
eks-connector eks-fargate eks-fargate-pods eks-mcp eks-nodegroup
elastic-inference elasticache elasticache-snapshot
elasticache.application-autoscaling elasticbeanstalk elasticfilesystem
elasticloadbalancing elasticmapreduce elasticmapreduce.application-autoscaling
elastictranscoder elemental-activations elemental-appliances-software
elemental-inference elemental-support-cases elemental-support-content email
email.cognito-idp emr-containers emr-serverless entitlement.marketplace
entityresolution es event-processor.health events events.managedservices
events.sns events.workmail evidently evs execute-api export.rds
featurestore-runtime.sagemaker finops-agent finspace finspace-api firehose fis
fms forecast forecastquery frauddetector freertos freetier fsx galaxy gamelift
gameliftstreams geo geo-maps geo-places geo-routes glacier globalaccelerator
glue grafana greengrass groundstation groundtruthlabeling guardduty health
health-agent healthlake honeycode hooks.cloudformation iam identity-chime
identity-sync identitystore identitystore-auth imagebuilder importexport
ingest.timestream ingress.eks inspector inspector-scan inspector2
inspector2-telemetry interconnect internetmonitor inventory.s3 invoicing iot
iot-device-tester iot-jobs-data iot1click iotanalytics iotdata iotdeviceadvisor
iotevents ioteventsdata iotfleethub iotfleetwise iotjobsdata
iotmanagedintegrations iotroborunner iotsitewise iotthingsgraph iottwinmaker
iotwireless ipam iq iq-permission ivs ivschat ivsrealtime jellyfish
job.sagemaker justintimeaccess.ssm kafka kafka-cluster
kafka.application-autoscaling kafkaconnect kendra kendra-ranking kinesis
kinesisanalytics kinesisreplication.dynamodb kinesisvideo kms lakeformation
lambda lambda.alarms.cloudwatch lambda.application-autoscaling lambda.beta
lambda.preprod launchwizard lex lexv2 license-management.marketplace
license-manager license-manager-linux-subscriptions
license-manager-user-subscriptions license-manager.member-account lightsail
logdelivery.elasticloadbalancing logger.cloudfront logs lookoutequipment
lookoutmetrics lookoutvision m2 machinelearning macie macie2 mail-manager
maintenance.elasticbeanstalk malware-protection-plan.guardduty
malware-protection.guardduty managedblockchain managedblockchain-query
managedservices managedupdates.elasticbeanstalk mapcredits
marketplacecommerceanalytics mechanicalturk media-pipelines-chime mediaconnect
mediaconvert medialive mediapackage mediapackage-vod mediapackagev2 mediastore
mediatailor medical-imaging meetings-chime meetings.chime
member.org.stacksets.cloudformation memory-db memorydb messaging-chime
metering-marketplace metering.marketplace metrics.sagemaker
metrics.wellarchitected mgh mgn migrationhub migrationhub-config
migrationhub-orchestrator migrationhub-strategy mobileanalytics mobilehub
mobiletargeting models-v2-lex models.lex monitoring monitoring.rds
monitoring.thinclient monitron mpa mq mturk-requester mwaa neptune-db
neptune-graph neptune.application-autoscaling network-connectors.lambda
network-firewall network-security-director network-security-manager
network.bedrock-agentcore networkflowmonitor networking.apprunner
networkinsights networkmanager networkmonitor nimble notifications
notifications-contacts notifications.ssm nova-act oam observability.aoss
observabilityadmin odb oidc omics one opensearch opensearchservice
ops.apigateway ops.athena ops.emr-serverless opsdatasync.ssm opsworks
opsworks-cm organizations orgsdatasync.servicecatalog osis outposts panorama
participant.connect partnercentral partnercentral-account
partnercentral-account-management partnercentral-benefits
partnercentral-channel partnercentral-selling payment-cryptography payments
pca-connector-ad pca-connector-scep pcs permission.iq personalize
personalize-events personalize-runtime pi pinpoint pipes pods.eks polly
portal.sso practice-run.arc-zonal-shift pricing pricingplanmanager
private-marketplace.marketplace private-networks profile proton purchase-orders
purchaseorders q qapps qbusiness qldb query.timestream quicksight ram rbin rds
rds-data rds-preview rds.application-autoscaling
reachabilityanalyzer.networkinsights redshift redshift-data redshift-serverless
refactor-spaces rekognition remediation.config replication.cassandra
replication.dynamodb replication.ecr replication.lexv2 replication.s3tables
replicator.lambda reporting-marketplace reporting.trustedadvisor
repository.sync.codeconnections repostspace resale-authorization.marketplace
researchstudio resiliencehub resource-explorer-2 resource-groups
resource-snapshot-job.partnercentral-selling resources.cloudformation
restore-testing.backup robomaker rolesanywhere route53 route53-recovery-cluster
route53-recovery-control-config route53-recovery-readiness route53domains
route53globalresolver route53profiles route53resolver rtbfabric rum
runtime-identity.bedrock-agentcore runtime-instances.bedrock-agentcore
runtime-v2-lex runtime.lex runtime.sagemaker s3 s3-control s3-object-lambda
s3-outposts s3.data-source.lustre.fsx s3express s3files s3tables s3vectors
sagemaker sagemaker-data-science-assistant sagemaker-geospatial
sagemaker-groundtruth-synthetic sagemaker-mlflow sagemaker-unified-studio-mcp
sagemaker.application-autoscaling savingsplans scaler.lambda scheduler
schema-conversion.dms schemas scn scraper.aps sdb secretsmanager security-ir
securityagent securityhub securityhubv2 securitylake self-managed-vpce.osis
serverlessrepo service.eks servicecatalog servicecatalog-appregistry
servicediscovery servicequotas ses shield signer signin simspaceweaver sms
sms-voice sms-voice.pinpoint smsintegration.migrationhub snow-device-management
snowball sns social-messaging spot spotfleet sqlworkbench sqs ssm ssm-contacts
ssm-guiconnect ssm-incidents ssm-quicksetup ssm-sap ssm.alarms.cloudwatch
ssm.integrations ssmmessages sso sso-directory sso-oauth
stacksets.cloudformation states storage-lens.s3 storagegateway streams.dynamodb
streams.metrics.cloudwatch sts sumerian support support-console supportapp
supportplans sustainability swf sync.proton synthetics tag tagging
tagpolicies.tag tasks.apprunner tax telemetry-enablement.observabilityadmin
telemetry-pipelines.observabilityadmin textract thinclient thirdparty.config
thirdparty.inspector2 timestream timestream-influxdb tiros tnb transcribe
transfer transform-custom transitgateway translate triage.security-ir
trustedadvisor tts user-attribute-cost-allocation-data user-subscriptions uxc
vendor-insights verifiedpermissions vmie voice-chime voiceconnector.chime
voiceid vpc vpc-flow-logs vpc-lattice vpc-lattice-svcs vpce
vpcorigin.cloudfront waf waf-regional wafv2 wam wellarchitected wickr wisdom
workdocs worklink workmail workmailmessageflow workspaces workspaces-instances
workspaces-web workspaces.application-autoscaling xray zocalo
)";

const std::vector<absl::string_view>& Services() {
  static const auto* const services = new std::vector<absl::string_view>(
      absl::StrSplit(kServices, absl::ByAnyChar(" \n"), absl::SkipEmpty()));
  return *services;
}

// Names that people give to services whose principals are called otherwise.
struct Nickname {
  absl::string_view nickname;
  absl::string_view name;
};
constexpr Nickname kNicknames[] = {
    {"api-gateway", "apigateway"},
    {"cloudwatch-events", "events"},
    {"cloudwatch-logs", "logs"},
    {"cloudwatchevents", "events"},
    {"cloudwatchlogs", "logs"},
    {"ecs-task-execution", "ecs-tasks"},
    {"efs", "elasticfilesystem"},
    {"elb", "elasticloadbalancing"},
    {"emr", "elasticmapreduce"},
    {"eventbridge", "events"},
    {"kinesis-firehose", "firehose"},
    {"lambda-edge", "edgelambda"},
    {"lambdaedge", "edgelambda"},
    {"msk", "kafka"},
    {"sfn", "states"},
    {"step-functions", "states"},
    {"stepfunctions", "states"},
    {"systems-manager", "ssm"},
    {"systemsmanager", "ssm"},
};

constexpr absl::string_view kDomain = ".amazonaws.com";
constexpr absl::string_view kDomains[] = {".amazonaws.com", ".amazonaws.com.cn",
                                          ".amazonaws.eu", ".aws.internal"};

// Domains of AWS in which no service principal lives, but for those that
// kOutside lists.
constexpr absl::string_view kWrongDomains[] = {".amazon.com", ".aws.com",
                                               ".aws.amazon.com", ".aws"};
constexpr absl::string_view kOutside[] = {"alexa-appkit.amazon.com",
                                          "alexa-connectedhome.amazon.com"};

template <typename Range>
bool Has(const Range& range, absl::string_view text) {
  return std::find(std::begin(range), std::end(range), text) != std::end(range);
}

bool IsService(absl::string_view name) {
  return std::binary_search(Services().begin(), Services().end(), name);
}

// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
bool IsRegion(absl::string_view label) {
  const std::vector<absl::string_view> parts = absl::StrSplit(label, '-');
  return parts.size() >= 3 && parts.back().size() == 1 &&
         absl::ascii_isdigit(
             static_cast<unsigned char>(parts.back().front())) &&
         (parts.front().size() == 2 || parts.front() == "eusc") &&
         std::all_of(parts.begin(), parts.end() - 1,
                     [](absl::string_view part) {
                       return !part.empty() &&
                              std::all_of(part.begin(), part.end(), [](char c) {
                                return absl::ascii_islower(
                                    static_cast<unsigned char>(c));
                              });
                     });
}

std::string WithoutRegions(absl::string_view name) {
  std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  std::erase_if(labels, IsRegion);
  return absl::StrJoin(labels, ".");
}

// Short names are near to each other by chance.
std::size_t MaxEdits(std::size_t size) {
  constexpr std::size_t kNone = 3;
  constexpr std::size_t kOne = 7;
  return size < kNone ? 0 : size < kOne ? 1 : 2;
}

// What is meant by the name of a service that is not listed; empty if nothing
// comes near.
absl::string_view ServiceMeant(absl::string_view name, StepBudget& steps) {
  for (const Nickname& known : kNicknames) {
    if (known.nickname == name) return known.name;
  }
  const std::size_t max_edits = MaxEdits(name.size());
  return max_edits == 0 ? absl::string_view()
                        : NearestName(name, Services(), max_edits, &steps);
}

// The domain of a name, from its last but one dot: ".amazonaws.co" of
// "s3.us.amazonaws.co".
absl::string_view LastTwoLabels(absl::string_view name) {
  const std::size_t last = name.rfind('.');
  if (last == absl::string_view::npos || last == 0) return "";
  const std::size_t before = name.rfind('.', last - 1);
  return before == absl::string_view::npos ? "" : name.substr(before);
}

std::string InWrongDomain(absl::string_view name, StepBudget& steps) {
  for (absl::string_view domain : kWrongDomains) {
    absl::string_view service = name;
    if (absl::ConsumeSuffix(&service, domain) && IsService(service)) {
      return absl::StrCat(service, kDomain);
    }
  }
  const absl::string_view domain = LastTwoLabels(name);
  constexpr std::size_t kMaxEdits = 2;
  const absl::string_view meant =
      domain.empty() ? "" : NearestName(domain, kDomains, kMaxEdits, &steps);
  if (meant.empty()) return "";
  return absl::StrCat(absl::StripSuffix(name, domain), meant);
}

}  // namespace

bool IsAwsService(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  return Has(kOutside, lower) ||
         std::any_of(std::begin(kDomains), std::end(kDomains),
                     [&](absl::string_view domain) {
                       return absl::EndsWith(lower, domain);
                     });
}

bool IsAwsPrefix(absl::string_view prefix) {
  return IsService(absl::AsciiStrToLower(prefix));
}

std::string MisspelledService(absl::string_view name, StepBudget& steps) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (Has(kOutside, lower)) return name == lower ? "" : lower;
  const auto* const domain = std::find_if(
      std::begin(kDomains), std::end(kDomains),
      [&](absl::string_view known) { return absl::EndsWith(lower, known); });
  if (domain == std::end(kDomains)) return InWrongDomain(lower, steps);
  const absl::string_view labels =
      absl::StripSuffix(absl::string_view(lower), *domain);
  const std::string service = WithoutRegions(labels);
  if (service.empty() || *domain == ".aws.internal" || IsService(service)) {
    return name == lower ? "" : lower;
  }
  const absl::string_view meant = ServiceMeant(service, steps);
  if (!meant.empty()) {
    return absl::StrCat(absl::StrReplaceAll(labels, {{service, meant}}),
                        *domain);
  }
  return name == lower ? "" : lower;
}

}  // namespace rolegate
