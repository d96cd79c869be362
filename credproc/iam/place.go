package iam

// places are where each partition's IAM is, by the region that it signs for: IAM is one a partition. Source: the
// endpoint rules of IAM's API model, which the SDK's service/iam holds; a test compares the two. A partition that is not
// here is taken for the first, as there.
var places = [...]struct{ region, plain, fips, dual, both string }{
	{"us-east-1", "iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws", "iam-fips.global.api.aws"},
	{"cn-north-1", "iam.cn-north-1.amazonaws.com.cn", "iam-fips.amazonaws.com.cn", "iam.global.api.amazonwebservices.com.cn", "iam-fips.api.amazonwebservices.com.cn"},
	{"us-gov-west-1", "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws", "iam.us-gov.api.aws"},
	{"eusc-de-east-1", "iam.eusc-de-east-1.amazonaws.eu", "iam-fips.amazonaws.eu", "iam.global.api.amazonwebservices.eu", "iam-fips.api.amazonwebservices.eu"},
	{"us-iso-east-1", "iam.us-iso-east-1.c2s.ic.gov", "iam-fips.us-iso-east-1.c2s.ic.gov", "iam.api.aws.ic.gov", "iam-fips.api.aws.ic.gov"},
	{"us-isob-east-1", "iam.us-isob-east-1.sc2s.sgov.gov", "iam-fips.us-isob-east-1.sc2s.sgov.gov", "iam.api.aws.scloud", "iam-fips.api.aws.scloud"},
	{"eu-isoe-west-1", "iam.eu-isoe-west-1.cloud.adc-e.uk", "iam-fips.cloud.adc-e.uk", "iam.api.cloud-aws.adc-e.uk", "iam-fips.api.cloud-aws.adc-e.uk"},
	{"us-isof-south-1", "iam.us-isof-south-1.csp.hci.ic.gov", "iam-fips.csp.hci.ic.gov", "iam.api.aws.hci.ic.gov", "iam-fips.api.aws.hci.ic.gov"},
}

// place is where the calls go, and the region that they are signed for.
func (o Options) place() (at, region string) {
	if o.URL != "" {
		return o.URL, o.Region
	}
	here := places[0]
	for _, p := range places {
		if p.region == o.Region {
			here = p
		}
	}
	switch {
	case o.FIPS && o.DualStack:
		at = here.both
	case o.FIPS:
		at = here.fips
	case o.DualStack:
		at = here.dual
	default:
		at = here.plain
	}
	return "https://" + at, here.region
}
