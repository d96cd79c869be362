package console

import (
	"net/url"
	"strings"
)

// resourcePages are the pages of resources: an ARN's service and the beginning of its resource, then the
// page. In a page {id} is what follows that beginning; {name} is its last part and {first} its first one,
// between slashes; {arn}, {account} and {region} are the ARN's. All are percent-encoded. A page that
// begins with "!" is global.
const resourcePages = `
acm certificate/: acm/home#/certificates/{id}
cloudformation stack/: cloudformation/home#/stacks/stackinfo?stackId={arn}
cloudfront distribution/: !cloudfront/v4/home#/distributions/{id}
cloudwatch alarm:: cloudwatch/home#alarmsV2:alarm/{id}
codebuild project/: codesuite/codebuild/{account}/projects/{id}
dynamodb table/: dynamodbv2/home#table?name={first}
ec2 image/: ec2/home#ImageDetails:imageId={id}
ec2 instance/: ec2/home#InstanceDetails:instanceId={id}
ec2 launch-template/: ec2/home#LaunchTemplateDetails:launchTemplateId={id}
ec2 natgateway/: vpcconsole/home#NatGatewayDetails:natGatewayId={id}
ec2 network-interface/: ec2/home#NetworkInterface:networkInterfaceId={id}
ec2 route-table/: vpcconsole/home#RouteTableDetails:RouteTableId={id}
ec2 security-group/: ec2/home#SecurityGroup:groupId={id}
ec2 snapshot/: ec2/home#SnapshotDetails:snapshotId={id}
ec2 subnet/: vpcconsole/home#SubnetDetails:subnetId={id}
ec2 volume/: ec2/home#VolumeDetails:volumeId={id}
ec2 vpc/: vpcconsole/home#VpcDetails:VpcId={id}
ecr repository/: ecr/repositories/private/{account}/{id}
ecs cluster/: ecs/v2/clusters/{id}/services
ecs service/: ecs/v2/clusters/{first}/services/{name}/health
ecs task/: ecs/v2/clusters/{first}/tasks/{name}/configuration
eks cluster/: eks/clusters/{id}
elasticfilesystem file-system/: efs/home#/file-systems/{id}
elasticloadbalancing loadbalancer/: ec2/home#LoadBalancer:loadBalancerArn={arn}
elasticloadbalancing targetgroup/: ec2/home#TargetGroup:targetGroupArn={arn}
iam group/: !iam/home#/groups/details/{name}
iam policy/: !iam/home#/policies/details/{arn}
iam role/: !iam/home#/roles/details/{name}
iam user/: !iam/home#/users/details/{name}
kinesis stream/: kinesis/home#/streams/details/{id}/monitoring
kms key/: kms/home#/kms/keys/{id}
lambda function:: lambda/home#/functions/{function}
logs log-group:: cloudwatch/home#logsV2:log-groups/log-group/{group}
rds cluster:: rds/home#database:id={id};is-cluster=true
rds db:: rds/home#database:id={id};is-cluster=false
route53 hostedzone/: !route53/v2/hostedzones#ListRecordSets/{id}
secretsmanager secret:: secretsmanager/secret?name={secret}
sns : sns/v3/home#/topic/{arn}
sqs : sqs/v3/home#/queues/{queue}
ssm parameter/: systems-manager/parameters/{parameter}/description
states execution:: states/home#/v2/executions/details/{arn}
states stateMachine:: states/home#/statemachines/view/{arn}
`

// An arn is a resource's name, taken apart.
type arn struct{ text, partition, service, region, account, resource string }

// parseARN takes any well-formed ARN. Source of the form: IAM User Guide, "Identify AWS resources with
// ARNs".
func parseARN(s string) (arn, bool) {
	f := strings.SplitN(s, ":", 6)
	if len(f) != 6 || f[0] != "arn" || !strings.HasPrefix(f[1], "aws") || !validLabel(f[1]) || !validLabel(f[2]) ||
		f[5] == "" {
		return arn{}, false
	}
	a := arn{s, f[1], f[2], f[3], f[4], f[5]}
	if len(s) > 2048 || a.region != "" && !validLabel(a.region) ||
		a.account != "" && a.account != "aws" && !digits(a.account, 12) {
		return arn{}, false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return arn{}, false
		}
	}
	return a, true
}

// escape percent-encodes s. It has no "+" for a space, which is none in a path or a fragment.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func digits(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }

// resource is the page of a resource. The console itself looks up a resource that has no page in the table.
func (p Hosts) resource(t Target) (string, error) {
	bad := func(kind Kind, reason string) (string, error) { return "", &Error{Kind: kind, Reason: reason} }
	if rest, ok := strings.CutPrefix(t.Resource, "s3://"); ok {
		bucket, key, _ := strings.Cut(rest, "/")
		return p.bucket(bucket, key)
	}
	a, ok := parseARN(t.Resource)
	if !ok {
		return bad(BadARN, quoted(t.Resource)+" is neither an ARN nor s3://BUCKET/KEY")
	}
	if a.partition != p.Partition {
		return bad(OtherPartition,
			"the resource is in partition "+quoted(a.partition)+", and the role is in "+p.Partition)
	}
	if digits(a.account, 12) && t.Account != "" && a.account != t.Account {
		return bad(OtherAccount, "the resource is in account "+a.account+", and the role is in "+t.Account)
	}
	if a.region != "" {
		at, err := NewHosts(p.Partition, a.region, p.override)
		if err != nil {
			return bad(BadResource, "the ARN names region "+quoted(a.region)+", which is not in partition "+p.Partition)
		}
		p.Region = at.Region
	}
	if a.service == "s3" {
		bucket, key, _ := strings.Cut(a.resource, "/")
		if a.region == "" && a.account == "" {
			return p.bucket(bucket, key)
		}
	}
	for line := range strings.Lines(strings.TrimSpace(resourcePages)) {
		kind, page, _ := strings.Cut(strings.TrimSpace(line), ": ")
		service, prefix, _ := strings.Cut(kind, " ")
		id, ok := strings.CutPrefix(a.resource, prefix)
		if service != a.service || !ok {
			continue
		}
		if id == "" {
			return bad(BadResource, quoted(t.Resource)+" ends where the resource's name should be")
		}
		page, global := strings.CutPrefix(a.fill(page, id), "!")
		if global {
			return p.console("") + "/" + page, nil
		}
		return p.page(p.Region, page), nil
	}
	return p.page(p.Region, "go/view?arn="+escape(a.text)), nil
}

// fill puts an ARN's parts into a page.
func (a arn) fill(page, id string) string {
	first, _, _ := strings.Cut(id, "/")
	function, _, _ := strings.Cut(id, ":")
	group := strings.TrimSuffix(id, ":*")
	group, _, _ = strings.Cut(group, ":log-stream:")
	parameter := id
	if strings.Contains(id, "/") { // an ARN leaves out the first slash of a parameter's path
		parameter = "/" + id
	}
	secret := id
	if i := strings.LastIndexByte(id, '-'); i > 0 && len(id)-i == 7 { // Secrets Manager adds six characters
		secret = id[:i]
	}
	return strings.NewReplacer(
		"{id}", escape(id), "{first}", escape(first), "{name}", escape(id[strings.LastIndexByte(id, '/')+1:]),
		"{arn}", escape(a.text), "{account}", a.account, "{region}", a.region,
		"{function}", escape(function), "{secret}", escape(secret), "{parameter}", escape(parameter),
		// CloudWatch's page takes its fragment apart after a decoding of its own, with $ for %.
		"{group}", strings.ReplaceAll(escape(escape(group)), "%", "$"),
		"{queue}", escape("https://sqs."+a.region+"."+suffix(a.partition)+"/"+a.account+"/"+id),
	).Replace(page)
}

// suffix is what the names of a partition's service endpoints end in.
func suffix(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-eusc":
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

// bucket is the page of a bucket, a folder in it, or an object.
func (p Hosts) bucket(bucket, key string) (string, error) {
	// Amazon S3 User Guide, "General purpose bucket naming rules"; older buckets have upper case and _ too.
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
	if len(bucket) < 3 || len(bucket) > 255 || strings.Trim(bucket, letters) != "" || strings.Trim(bucket, ".") == "" {
		return "", &Error{Kind: BadResource, Reason: quoted(bucket) + " is not a bucket's name"}
	}
	switch {
	case key == "":
		return p.page(p.Region, "s3/buckets/"+bucket+"?tab=objects"), nil
	case strings.HasSuffix(key, "/"):
		return p.page(p.Region, "s3/buckets/"+bucket+"?prefix="+escape(key)), nil
	}
	return p.page(p.Region, "s3/object/"+bucket+"?prefix="+escape(key)), nil
}
