package profiles

import "strings"

// A region's name goes into a host name, so that anything else than a label of one could send
// signed requests elsewhere.
func checkRegion(s string) error {
	if validLabel(s) {
		return nil
	}
	return invalid("region", s, "must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 -")
}

// validLabel reports whether s may stand between the dots of a host name, in lower case.
func validLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// PartitionOf goes by the prefixes in AWS's partition data; a region that none fits is in "aws".
func PartitionOf(region string) string {
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
