package partitions

import "testing"

func TestStartURLs(t *testing.T) {
	for _, row := range []struct {
		host   string
		aws    bool
		region string
	}{
		{"corp.awsapps.com", true, ""},
		{"D-1234567890.AWSApps.com.", true, ""},
		{"start.us-gov-home.awsapps.com", true, ""},
		{"start.home.awsapps.cn", true, ""},
		{"identitycenter.amazonaws.com", true, ""},
		{"identitycenter.amazonaws.com.cn", true, ""},
		{"ssoins-0123456789abcdef.portal.eu-west-1.app.aws", true, "eu-west-1"},
		{"ssoins-0123456789abcdef.eu-west-1.portal.amazonaws.com", true, "eu-west-1"},
		{"ssoins-0123456789abcdef.cn-north-1.portal.amazonaws.com.cn", true, "cn-north-1"},
		{"ssoins-0123456789abcdef.portal.EU-West-1.app.aws", true, "eu-west-1"},
		{"x.portal..app.aws", true, ""},
		{"x.portal.-.app.aws", true, ""},
		{"x.y.app.aws", true, ""},
		{"a.x.eu-west-1.portal.amazonaws.com", true, ""},
		{"awsapps.com", false, ""},
		{".awsapps.com", false, ""},
		{"evilawsapps.com", false, ""},
		{"corp.awsapps.com.evil.example", false, ""},
		{"x.portal.eu-west-1.app.aws.evil.example", false, ""},
		{"x.eu-west-1.portal.evil.example", false, ""},
		{"bucket.s3.amazonaws.com", false, ""},
		{"signin.corp.example", false, ""},
		{"127.0.0.1", false, ""},
		{"", false, ""},
	} {
		if aws, region := StartHost(row.host), StartRegion(row.host); aws != row.aws || region != row.region {
			t.Errorf("%s: AWS's %t, region %q; want %t, %q", row.host, aws, region, row.aws, row.region)
		}
	}
}
