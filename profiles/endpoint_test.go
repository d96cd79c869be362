package profiles

import (
	"strings"
	"testing"

	"hatstand/profiles/partitions"
)

func TestRegionPartitionAndSessionRegion(t *testing.T) {
	const (
		plain = "[profile plain]\n"
		china = "[profile plain]\nmfa_serial = arn:aws-cn:iam::111111111111:mfa/alice\n"
		gov   = "[profile gov]\nrole_arn = arn:aws-us-gov:iam::222222222222:role/Admin\nsource_profile = plain\nregion = us-gov-east-1\n"
	)
	type env = map[string]string
	for _, row := range []struct {
		claim, config, target, source, flag string
		env                                 env
		region, partition, session          string
	}{
		{"nothing is set: the partition is aws, its leader takes the session", plain, "plain", "", "", nil, "", "aws", "us-east-1"},
		{"the profile's region", me, "me", "", "", nil, "eu-west-1", "aws", "eu-west-1"},
		{"AWS_DEFAULT_REGION beats the profile, not the session", me, "me", "", "", env{"AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2", "aws", "eu-west-1"},
		{"AWS_REGION beats both", me, "me", "", "", env{"AWS_DEFAULT_REGION": "us-west-2", "AWS_REGION": "us-west-1"}, "us-west-1", "aws", "eu-west-1"},
		{"the flag beats the environment, and is the session's where no role follows", me, "me", "", "ap-south-1", env{"AWS_REGION": "us-west-1"}, "ap-south-1", "aws", "ap-south-1"},
		{"but not where one does", me + prod + "region = us-west-2\n", "prod", "", "ap-south-1", nil, "ap-south-1", "aws", "eu-west-1"},
		{"a role's profile has its own region", me + prod + "region = us-west-2\n", "prod", "", "", nil, "us-west-2", "aws", "eu-west-1"},
		{"and does not take its source's", me + prod, "prod", "", "", nil, "", "aws", "eu-west-1"},
		{"the role's ARN tells the partition", plain + gov, "gov", "", "", nil, "us-gov-east-1", "aws-us-gov", "us-gov-west-1"},
		{"whatever the environment's region", plain + gov, "gov", "", "", env{"AWS_REGION": "us-east-1"}, "us-east-1", "aws-us-gov", "us-gov-west-1"},
		{"the serial tells it where no role does", china, "plain", "", "", env{"AWS_REGION": "us-east-1"}, "us-east-1", "aws-cn", "cn-north-1"},
		{"the region tells it where nothing else does", plain, "plain", "", "", env{"AWS_REGION": "eusc-de-east-1"}, "eusc-de-east-1", "aws-eusc", "eusc-de-east-1"},
		{"an ad-hoc role takes the source's settings", me, "222222222222:Admin", "me", "", nil, "eu-west-1", "aws", "eu-west-1"},
		{"and the partition of the source's role", plain + gov, "333333333333:Admin", "gov", "", nil, "us-gov-east-1", "aws-us-gov", "us-gov-west-1"},
		{"or of its serial", china, "222222222222:Admin", "plain", "", nil, "", "aws-cn", "cn-north-1"},
		{"or of its region", plain + "region = cn-northwest-1\n", "222222222222:Admin", "plain", "", nil, "cn-northwest-1", "aws-cn", "cn-northwest-1"},
		{"a partition that is newer than this program takes the region", "[profile p]\nregion = mars-1\nrole_arn = arn:aws-mars:iam::222222222222:role/A\nsource_profile = plain\n" + plain, "p", "", "", nil, "mars-1", "aws-mars", "mars-1"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: row.target, Source: row.source, Region: row.flag, Getenv: environment(row.env)})
			if err != nil {
				t.Fatal(err)
			}
			if c.Region != row.region || c.Partition != row.partition || c.SessionRegion != row.session {
				t.Errorf("region %q, partition %q, session %q; want %q, %q, %q", c.Region, c.Partition, c.SessionRegion, row.region, row.partition, row.session)
			}
			if len(c.Roles) > 0 && row.source != "" && c.Roles[len(c.Roles)-1].Partition != row.partition {
				t.Errorf("the ad-hoc role is %s", c.Roles[len(c.Roles)-1].ARN)
			}
		})
	}
}

func TestPartitionOfEveryKnownRegion(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc",
		"us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f",
	} {
		if got := partitions.Of(region); got != want {
			t.Errorf("%s is in %s, want %s", region, got, want)
		}
		if leader := partitions.LeaderRegion(want); partitions.Of(leader) != want {
			t.Errorf("%s leads %s, and is not in it", leader, want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	const (
		section = "[services local]\ns3 =\n  endpoint_url = https://s3.example\nsts =\n  # why\n  endpoint_url = https://sts.example/path\n"
		base    = "[profile me]\nendpoint_url = https://base.example\n"
		bare    = "[profile me]\n"
	)
	type env = map[string]string
	for _, row := range []struct {
		claim, config string
		env           env
		sts, session  Endpoint
	}{
		{"nothing is set", bare + prod, nil, Endpoint{}, Endpoint{}},
		{"the profile's own", bare + prod + "endpoint_url = https://own.example\n", nil, Endpoint{URL: "https://own.example"}, Endpoint{URL: "https://own.example"}},
		{"the base's for the session", base + prod + "endpoint_url = https://own.example\n", nil, Endpoint{URL: "https://own.example"}, Endpoint{URL: "https://base.example"}},
		{"the base's is not the role's", base + prod, nil, Endpoint{}, Endpoint{URL: "https://base.example"}},
		{"services beat endpoint_url", bare + prod + "endpoint_url = https://own.example\nservices = local\n" + section, nil, Endpoint{URL: "https://sts.example/path"}, Endpoint{URL: "https://sts.example/path"}},
		{"services that leave STS out do not", bare + prod + "endpoint_url = https://own.example\nservices = local\n[services local]\ns3 =\n  endpoint_url = https://s3.example\n", nil, Endpoint{URL: "https://own.example"}, Endpoint{URL: "https://own.example"}},
		{"AWS_ENDPOINT_URL beats the files", base + prod + "services = local\n" + section, env{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, Endpoint{URL: "http://127.0.0.1:1"}, Endpoint{URL: "http://127.0.0.1:1"}},
		{"AWS_ENDPOINT_URL_STS beats that", bare + prod, env{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:2"}, Endpoint{URL: "http://127.0.0.1:2"}, Endpoint{URL: "http://127.0.0.1:2"}},
		{"all are ignored on demand", base + prod + "services = local\n" + section, env{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"}, Endpoint{}, Endpoint{}},
		{"the profile's demand too", bare + prod + "endpoint_url = https://own.example\nignore_configured_endpoint_urls = true\n", env{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, Endpoint{}, Endpoint{}},
		{"which the environment may turn off", bare + prod + "endpoint_url = https://own.example\nignore_configured_endpoint_urls = true\n", env{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}, Endpoint{URL: "https://own.example"}, Endpoint{URL: "https://own.example"}},
		{"the other settings of the profile", bare + prod + "use_fips_endpoint = true\nuse_dualstack_endpoint = TRUE\nsts_regional_endpoints = legacy\nca_bundle = /b.pem\n", nil,
			Endpoint{FIPS: true, DualStack: true, Legacy: true, CABundle: "/b.pem"}, Endpoint{FIPS: true, DualStack: true, Legacy: true, CABundle: "/b.pem"}},
		{"the base's own for the session", "[profile me]\nuse_fips_endpoint = false\n" + prod + "use_fips_endpoint = true\n", nil, Endpoint{FIPS: true}, Endpoint{}},
		{"the environment beats them", bare + prod + "use_fips_endpoint = true\nuse_dualstack_endpoint = true\nsts_regional_endpoints = legacy\nca_bundle = /b.pem\n",
			env{"AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": "false", "AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_CA_BUNDLE": "/env.pem"}, Endpoint{CABundle: "/env.pem"}, Endpoint{CABundle: "/env.pem"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, err := mustParse(t, row.config, "").Chain(Request{Target: "prod", Getenv: environment(row.env)})
			if err != nil {
				t.Fatal(err)
			}
			if c.STS != row.sts || c.SessionSTS != row.session {
				t.Errorf("STS %+v, session %+v; want %+v, %+v", c.STS, c.SessionSTS, row.sts, row.session)
			}
		})
	}
}

func TestEndpointOfAnotherService(t *testing.T) {
	const section = "[services local]\niam =\n  endpoint_url = https://iam.example\nsts =\n  endpoint_url = https://sts.example\n"
	type env = map[string]string
	for _, row := range []struct {
		claim, config, service string
		env                    env
		want                   Endpoint
	}{
		{"nothing is set", "[profile me]\nsts_regional_endpoints = legacy\n" + prod, "iam", nil, Endpoint{}},
		{"its own entry in the services section", "[profile me]\nservices = local\n" + prod + section, "iam", nil, Endpoint{URL: "https://iam.example"}},
		{"endpoint_url where the section leaves it out", "[profile me]\nservices = local\nendpoint_url = https://own.example\n" + prod + section, "sso", nil, Endpoint{URL: "https://own.example"}},
		{"its own variable", "[profile me]\nservices = local\n" + prod + section, "iam", env{"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:1", "AWS_ENDPOINT_URL": "http://127.0.0.1:2", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:3"}, Endpoint{URL: "http://127.0.0.1:1"}},
		{"a variable of two words", "[profile me]\n" + prod, "sso_oidc", env{"AWS_ENDPOINT_URL_SSO_OIDC": "http://127.0.0.1:1"}, Endpoint{URL: "http://127.0.0.1:1"}},
		{"the base before the profile asked for", "[profile me]\nendpoint_url = https://base.example\n" + prod + "endpoint_url = https://own.example\nca_bundle = /b.pem\n", "iam", nil, Endpoint{URL: "https://base.example", CABundle: "/b.pem"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			e, err := mustParse(t, row.config, "").Endpoint(row.service, Request{Target: "prod", Getenv: environment(row.env)})
			if err != nil || e != row.want {
				t.Errorf("%+v, %v; want %+v", e, err, row.want)
			}
		})
	}
	set := mustParse(t, me, "")
	if _, err := set.Endpoint("iam", Request{Target: "me", Getenv: environment(env{"AWS_ENDPOINT_URL_IAM": "file:///etc"})}); err == nil {
		t.Error("what is no URL was taken")
	}
	if _, err := set.Chain(Request{Target: "me", Getenv: environment(env{"AWS_ENDPOINT_URL_IAM": "file:///etc"})}); err != nil {
		t.Errorf("what STS is not reached by is no error of a chain: %v", err)
	}
	if _, err := set.Endpoint("iam", Request{Target: "nobody"}); err == nil {
		t.Error("an unknown profile was taken")
	}
}

func TestEndpointErrors(t *testing.T) {
	type env = map[string]string
	for _, row := range []struct {
		claim, settings string
		env             env
		want            string
	}{
		{"neither true nor false", "use_fips_endpoint = yes\n", nil, "profile \"p\": use_fips_endpoint \"yes\" is neither true nor false (~/.aws/config:2)"},
		{"the variable's", "", env{"AWS_USE_DUALSTACK_ENDPOINT": "1"}, "use_dualstack_endpoint \"1\" is neither true nor false (AWS_USE_DUALSTACK_ENDPOINT)"},
		{"regional endpoints", "sts_regional_endpoints = global\n", nil, "profile \"p\": sts_regional_endpoints \"global\" is neither regional nor legacy (~/.aws/config:2)"},
		{"no scheme", "endpoint_url = sts.example\n", nil, "profile \"p\": endpoint_url \"sts.example\" is not a URL like https://HOST (~/.aws/config:2)"},
		{"no host", "endpoint_url = https:///x\n", nil, "profile \"p\": endpoint_url \"https:///x\" is not a URL like https://HOST (~/.aws/config:2)"},
		{"another scheme", "", env{"AWS_ENDPOINT_URL_STS": "file:///etc"}, "endpoint_url \"file:///etc\" is not a URL like https://HOST (AWS_ENDPOINT_URL_STS)"},
		{"a password", "endpoint_url = https://u:hushhush@sts.example\n", nil, "profile \"p\": endpoint_url must not have a user name in it (~/.aws/config:2)"},
		{"a password in what is no URL", "endpoint_url = https://u:hushhush@%zz\n", nil, "profile \"p\": endpoint_url is not a URL (~/.aws/config:2)"},
		{"a comment behind a nested setting, which is a part of it", "services = s\n[services s]\nsts =\n  endpoint_url = https://sts.example # why\n", nil, "profile \"p\": endpoint_url is not a URL (~/.aws/config:4)"},
		{"an unknown services section", "services = nowhere\n", nil, "profile \"p\": services \"nowhere\" not found (~/.aws/config:2)"},
		{"the region of the environment", "", env{"AWS_REGION": "x.evil"}, "region \"x.evil\" must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 - (AWS_REGION)"},
		{"no region in an unknown partition", "role_arn = arn:aws-mars:iam::222222222222:role/A\nsource_profile = p\n", nil, "profile \"p\": a region is needed in partition \"aws-mars\""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := mustParse(t, "[profile p]\n"+row.settings, "").Chain(Request{Target: "p", Getenv: environment(row.env)})
			got := message(t, err)
			if got != row.want || strings.Contains(got, "hushhush") {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
	_, err := mustParse(t, me, "").Chain(Request{Target: "me", Region: "UP"})
	if got := message(t, err); got != "region \"UP\" must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 - (--region)" {
		t.Errorf("the flag: %s", got)
	}
}
