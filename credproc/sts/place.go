package sts

import "hatstand/profiles"

// domains are those of each partition's services, over IPv4 and with IPv6. Source: the partition data that the SDK's
// endpoint rules read; a test compares the hosts. A partition that is not here is taken for aws, as there.
func domains(partition string) (plain, dual string) {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn", "api.amazonwebservices.com.cn"
	case "aws-eusc":
		return "amazonaws.eu", "api.amazonwebservices.eu"
	case "aws-iso":
		return "c2s.ic.gov", "api.aws.ic.gov"
	case "aws-iso-b":
		return "sc2s.sgov.gov", "api.aws.scloud"
	case "aws-iso-e":
		return "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"
	case "aws-iso-f":
		return "csp.hci.ic.gov", "api.aws.hci.ic.gov"
	}
	return "amazonaws.com", "api.aws"
}

// placeOf is where a region's STS is, and the region that calls to it are signed for.
func placeOf(region string, e profiles.Endpoint) (at, signed string) {
	if e.URL != "" {
		return e.URL, region
	}
	partition := profiles.PartitionOf(region)
	plain, dual := domains(partition)
	switch {
	case !e.FIPS && !e.DualStack && (region == global || e.Legacy && hadGlobalEndpoint(region)):
		return "https://sts.amazonaws.com", "us-east-1"
	case e.FIPS && !e.DualStack && partition == "aws-us-gov":
		at = "sts." + region + "." + plain // what GovCloud has is FIPS
	case e.FIPS && e.DualStack:
		at = "sts-fips." + region + "." + dual
	case e.FIPS:
		at = "sts-fips." + region + "." + plain
	case e.DualStack:
		at = "sts." + region + "." + dual
	default:
		at = "sts." + region + "." + plain
	}
	return "https://" + at, region
}

// global is the name that AWS gives to no region in particular.
const global = "aws-global"

// hadGlobalEndpoint reports whether sts_regional_endpoints = legacy sends the region's calls to
// sts.amazonaws.com. Source: the SDK reference guide, "AWS STS Regional endpoints".
func hadGlobalEndpoint(region string) bool {
	switch region {
	case "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
		"sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2":
		return true
	}
	return false
}
