package console

import (
	"slices"
	"strings"
)

// servicePages are the console's pages of AWS's services: the names a service goes by (the AWS CLI's own first, then
// what people call it), and its page. A page that begins with "!" is global: it takes no region. Services whose console
// is on another host (QuickSight, Lightsail) are not here.
const servicePages = `
accessanalyzer access-analyzer: access-analyzer/home
account: !billing/home#/account
acm certificates: acm/home
acm-pca pca: acm-pca/home
amp prometheus: prometheus/home
amplify: amplify/home
apigateway apigatewayv2 apigw: apigateway/main/apis
appconfig: systems-manager/appconfig
appflow: appflow/home
ce cost-explorer costexplorer cost-management: !costmanagement/home#/cost-explorer
appmesh: appmesh/meshes
apprunner: apprunner/home
appstream: appstream2/home
appsync: appsync/home
athena: athena/home
auditmanager: auditmanager/home
autoscaling asg: ec2/home#AutoScalingGroups:
backup: backup/home
batch: batch/home
bedrock: bedrock/home
billing bills: !billing/home#/bills
braket: braket/home
budgets: !costmanagement/home#/budgets
chatbot: !chatbot/home
cleanrooms: cleanrooms/home
cloud9 c9: cloud9/home
cloudformation cfn stacks: cloudformation/home
cloudfront cf cdn: !cloudfront/v4/home
cloudhsmv2 cloudhsm: cloudhsm/home
cloudsearch: cloudsearch/home
cloudshell shell: cloudshell/home
cloudtrail ct trail: cloudtrailv2/home
cloudwatch cw metrics: cloudwatch/home
alarms: cloudwatch/home#alarmsV2:
dashboards: cloudwatch/home#dashboards/
codeartifact: codesuite/codeartifact/repositories
codebuild: codesuite/codebuild/projects
codecommit: codesuite/codecommit/repositories
codeconnections codestar-connections: codesuite/settings/connections
codedeploy: codesuite/codedeploy/applications
codepipeline pipelines: codesuite/codepipeline/pipelines
cognito-identity identity-pools: cognito/v2/identity/identity-pools
cognito-idp cognito user-pools: cognito/v2/idp/user-pools
comprehend: comprehend/home
compute-optimizer: compute-optimizer/home
configservice config: config/home
connect: connect/home
controltower: controltower/home
databrew: databrew/home
datasync: datasync/home
datazone: datazone/home
dax: dynamodbv2/home#dax-clusters
detective: detective/home
devicefarm: devicefarm/home
devops-guru: devops-guru/home
directconnect dx: directconnect/v2/home
discovery: discovery/home
dlm: ec2/home#Lifecycle:
dms: dms/v2/home
docdb documentdb: docdb/home
drs: drs/home
ds directory: directoryservicev2/home
dynamodb ddb dynamo: dynamodbv2/home
ebs volumes: ec2/home#Volumes:
ec2: ec2/home
amis images: ec2/home#Images:
instances: ec2/home#Instances:
security-groups sg: ec2/home#SecurityGroups:
snapshots: ec2/home#Snapshots:
ecr: ecr/private-registry/repositories
ecr-public: ecr/public-registry/repositories
ecs: ecs/v2/clusters
efs: efs/home
eks: eks/clusters
elasticache cache redis: elasticache/home
elasticbeanstalk eb beanstalk: elasticbeanstalk/home
elbv2 elb alb nlb loadbalancers: ec2/home#LoadBalancers:
target-groups tg: ec2/home#TargetGroups:
emr: emr/home
emr-serverless: emr/home#/serverless
events eventbridge: events/home
evidently: cloudwatch/home#evidently:projects
firehose: firehose/home
fis: fis/home
fms: !wafv2/fmsv2/home
forecast: forecast/home
frauddetector: frauddetector/home
fsx: fsx/home
gamelift: gamelift/home
glacier: glacier/home
globalaccelerator ga: !globalaccelerator/home
glue: glue/home
grafana: grafana/home
greengrassv2 greengrass: iot/home#/greengrass
guardduty gd: guardduty/home
health phd: !health/home
iam: !iam/home
roles: !iam/home#/roles
users: !iam/home#/users
policies: !iam/home#/policies
imagebuilder: imagebuilder/home
inspector2 inspector: inspector/v2/home
internetmonitor: cloudwatch/home#internet-monitor/
iot: iot/home
iotevents: iotevents/home
iotsitewise: iotsitewise/home
iottwinmaker: iottwinmaker/home
ivs: ivs/home
kafka msk: msk/home
kendra: kendra/home
keyspaces cassandra: keyspaces/home
kinesis streams: kinesis/home
kinesisanalyticsv2 kinesisanalytics flink: flink/home
kinesisvideo: kinesisvideo/home
kms keys: kms/home
lakeformation: lakeformation/home
lambda l functions: lambda/home
lexv2-models lex: lexv2/home
license-manager: license-manager/home
location: location/home
logs cwl cloudwatch-logs log-groups: cloudwatch/home#logsV2:log-groups
logs-insights insights: cloudwatch/home#logsV2:logs-insights
m2 mainframe: m2/home
macie2 macie: macie/home
managedblockchain: managedblockchain/home
marketplace-catalog marketplace: !marketplace/home
mediaconnect: mediaconnect/home
mediaconvert: mediaconvert/home
medialive: medialive/home
mediapackage: mediapackage/home
mediatailor: mediatailor/home
memorydb: memorydb/home
mgh migrationhub: migrationhub/home
mgn: mgn/home
mq amazonmq: amazon-mq/home
mwaa airflow: mwaa/home
neptune: neptune/home
network-firewall: vpcconsole/home#NetworkFirewalls:
networkmanager: !networkmanager/home
omics healthomics: omics/home
opensearch es aos elasticsearch: aos/home
organizations org orgs: !organizations/v2/home
outposts: outposts/home
payment-cryptography: payment-cryptography/home
personalize: personalize/home
pinpoint: pinpoint/home
pipes: events/home#/pipes
polly: polly/home
proton: proton/home
ram: ram/home
rds: rds/home
rbin recycle-bin: rbin/home
redshift: redshiftv2/home
rekognition: rekognition/home
resiliencehub: resiliencehub/home
resource-explorer-2 resource-explorer: resource-explorer/home
resource-groups: resource-groups/home
resourcegroupstaggingapi tags tag-editor: resource-groups/tag-editor
rolesanywhere: rolesanywhere/home
route53 r53 dns: !route53/v2/home
route53-recovery-control-config arc: !route53recovery/home
route53domains domains: !route53/domains/home
route53resolver resolver: route53resolver/home
rum: cloudwatch/home#rum:dashboard
s3 s3api buckets: s3/home
s3control access-points: s3/ap
s3tables: s3/table-buckets
sagemaker: sagemaker/home
savingsplans: !costmanagement/home#/savings-plans/overview
scheduler: scheduler/home
schemas: events/home#/schemas
secretsmanager sm secrets: secretsmanager/listsecrets
securityhub: securityhub/home
securitylake: securitylake/home
serverlessrepo sar: serverlessrepo/home
service-quotas quotas: servicequotas/home
servicecatalog sc: servicecatalog/home
servicecatalog-appregistry appregistry: servicecatalog/home#applications
servicediscovery cloudmap: cloudmap/home
sesv2 ses: ses/home
shield: !wafv2/shieldv2
signer: signer/home
snowball snow: snowfamily/home
sns topics: sns/v3/home
sqs queues: sqs/v3/home
ssm systems-manager: systems-manager/home
parameters params paramstore parameter-store: systems-manager/parameters
session-manager sessions: systems-manager/session-manager/sessions
ssm-incidents: systems-manager/incidents/home
sso sso-admin identitystore identity-center singlesignon: singlesignon/home
stepfunctions states sfn stepfn: states/home
storagegateway: storagegateway/home
support: !support/home
swf: swf/v2/home
synthetics canaries: cloudwatch/home#synthetics:canary/list
textract: textract/home
timestream-write timestream: timestream/home
transcribe: transcribe/home
transfer sftp: transfer/home
translate: translate/home
trustedadvisor ta: !trustedadvisor/home
verifiedpermissions avp: verifiedpermissions/home
vpc: vpcconsole/home
subnets: vpcconsole/home#subnets:
transit-gateways tgw: vpcconsole/home#TransitGateways:
vpc-lattice: vpcconsole/home#Services:
waf waf-regional wafv2: wafv2/homev2
wellarchitected: wellarchitected/home
workmail: workmail/v2/home
workspaces: workspaces/v2/home
xray: xray/home
`

// Services are the names of all services whose page is known, the AWS CLI's own where it has one.
func Services() []string {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(servicePages)) {
		names, _, _ := strings.Cut(line, ":")
		first, _, _ := strings.Cut(names, " ")
		all = append(all, first)
	}
	return all
}

// service finds a service's page by one of its names, in any case.
func service(name string) (page string, global bool, err error) {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(servicePages)) {
		names, page, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for n := range strings.FieldsSeq(names) {
			if strings.EqualFold(n, name) {
				page, global = strings.CutPrefix(page, "!")
				return page, global, nil
			}
			all = append(all, n)
		}
	}
	return "", false, &Error{Kind: UnknownService, Reason: "no service " + quoted(name) + " is known",
		Meant: similar(name, all)}
}

// similar are at most three names that begin alike or are a slip or two away.
func similar(name string, names []string) []string {
	const longest = 40 // no service has a longer name, and the search takes its square
	if len(name) > longest {
		return nil
	}
	name = strings.ToLower(name)
	limit := min(len(name)-1, max(1, len(name)/3))
	var near []string
	far := map[string]int{}
	for _, n := range names {
		if far[n] = distance(name, n); far[n] <= limit {
			near = append(near, n)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return far[a] - far[b] })
	out := near[:min(len(near), 3)]
	for _, n := range names {
		if len(out) < 3 && len(name) > 2 && (strings.HasPrefix(n, name) || strings.HasPrefix(name, n) && len(n) > 2) &&
			!slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// distance counts the letters added, left out or changed between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			last, row[j] = row[j], min(row[j]+1, row[j-1]+1, last+cost)
		}
	}
	return row[len(b)]
}
