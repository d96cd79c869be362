// Package partitions knows AWS's partitions: which regions, endpoints and sign-in hosts belong to each. It promises to
// accept no host as AWS's that somebody else can have, and to know only the name of a partition that is newer than its
// tables.
package partitions

import "strings"

// ValidLabel reports whether s may stand between the dots of a host name, in lower case.
func ValidLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Of is the partition of a region, by the prefixes in AWS's partition data. A region that none fits is in "aws".
func Of(region string) string {
	for _, p := range partitions {
		for prefix := range strings.FieldsSeq(p.prefixes) {
			if strings.HasPrefix(region, prefix) {
				return p.name
			}
		}
	}
	return "aws"
}

// LeaderRegion is the region to ask in a partition where none is set; "" for a partition that is not
// known.
func LeaderRegion(partition string) string {
	for _, p := range partitions {
		if p.name == partition {
			return p.leader
		}
	}
	return ""
}

// Valid reports whether a name is like a partition's.
func Valid(s string) bool {
	rest, ok := strings.CutPrefix(s, "aws")
	return ok && (rest == "" || rest[0] == '-' && ValidLabel(s))
}

// OfARN is the partition of an ARN, or "".
func OfARN(arn string) string {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) == 3 && parts[0] == "arn" && Valid(parts[1]) {
		return parts[1]
	}
	return ""
}

// From AWS's partition data (aws-sdk-go-v2, partitions.json): implicit global regions, with us-east-1 for
// aws because the region that leads it must be one where STS is always on.
var partitions = [...]struct{ name, leader, prefixes string }{
	{"aws", "us-east-1", ""},
	{"aws-cn", "cn-north-1", "cn-"},
	{"aws-us-gov", "us-gov-west-1", "us-gov-"},
	{"aws-eusc", "eusc-de-east-1", "eusc-"},
	{"aws-iso", "us-iso-east-1", "us-iso-"},
	{"aws-iso-b", "us-isob-east-1", "us-isob-"},
	{"aws-iso-e", "eu-isoe-west-1", "eu-isoe-"},
	{"aws-iso-f", "us-isof-south-1", "us-isof-"},
}
