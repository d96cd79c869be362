package policy

import (
	"strings"
	"time"

	"hatstand/credproc"
)

// TrustTemplate is a CloudFormation template, in JSON, of the role that a plan ends with and its trust policy.
func TrustTemplate(p credproc.Plan, d Document) string {
	last := p.Steps[len(p.Steps)-1]
	var role object
	role.put("RoleName", last.Role.Name)
	if _, rest, _ := strings.Cut(last.Role.ARN, ":role/"); rest != last.Role.Name {
		role.put("Path", "/"+strings.TrimSuffix(rest, last.Role.Name))
	}
	if last.Duration > credproc.DefaultRoleDuration {
		role.put("MaxSessionDuration", int(last.Duration/time.Second))
	}
	role.put("AssumeRolePolicyDocument", d.tree())
	return template("Role", "AWS::IAM::Role", role)
}

// PolicyTemplate is a CloudFormation template, in JSON, of a managed policy.
func PolicyTemplate(d Document) string {
	var policy object
	policy.put("PolicyDocument", d.tree())
	return template("Policy", "AWS::IAM::ManagedPolicy", policy)
}

func template(name, kind string, properties object) string {
	var resource, resources, all object
	resource.put("Type", kind)
	resource.put("Properties", properties)
	resources.put(name, resource)
	all.put("AWSTemplateFormatVersion", "2010-09-09")
	all.put("Resources", resources)
	return render(all) + "\n"
}
