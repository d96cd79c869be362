package console

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func place(t testing.TB, partition, region string) Hosts {
	t.Helper()
	p, err := NewHosts(partition, region, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDestinations(t *testing.T) {
	const ireland = "https://eu-west-1.console.aws.amazon.com/"
	for name, row := range map[string]struct {
		partition, region string
		t                 Target
		want              string
	}{
		"nothing in particular":                   {"aws", "eu-west-1", Target{}, ireland + "console/home?region=eu-west-1"},
		"... with no region":                      {"aws", "", Target{}, "https://console.aws.amazon.com/console/home"},
		"a service":                               {"aws", "eu-west-1", Target{Service: "s3"}, ireland + "s3/home?region=eu-west-1"},
		"a service in China":                      {"aws-cn", "cn-north-1", Target{Service: "ec2"}, "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"},
		"a service's nickname, in any case":       {"aws", "eu-west-1", Target{Service: "CFN"}, ireland + "cloudformation/home?region=eu-west-1"},
		"a service's page within another's":       {"aws", "eu-west-1", Target{Service: "logs"}, ireland + "cloudwatch/home?region=eu-west-1#logsV2:log-groups"},
		"a global service takes no region":        {"aws", "eu-west-1", Target{Service: "iam"}, "https://console.aws.amazon.com/iam/home"},
		"a path":                                  {"aws", "eu-west-1", Target{Path: "/ec2/home#Instances:"}, ireland + "ec2/home?region=eu-west-1#Instances:"},
		"a path without its slash":                {"aws", "eu-west-1", Target{Path: "ec2/home"}, ireland + "ec2/home?region=eu-west-1"},
		"a path with a region of its own":         {"aws", "eu-west-1", Target{Path: "/ec2/home?region=us-east-1"}, ireland + "ec2/home?region=us-east-1"},
		"a path with a query":                     {"aws", "eu-west-1", Target{Path: "/s3/buckets?a=1"}, ireland + "s3/buckets?a=1&region=eu-west-1"},
		"a page":                                  {"aws", "", Target{URL: ireland + "ec2/home?region=eu-west-1#Instances:"}, ireland + "ec2/home?region=eu-west-1#Instances:"},
		"a page on the console's own host":        {"aws", "eu-west-1", Target{URL: "https://console.aws.amazon.com"}, "https://console.aws.amazon.com"},
		"a page, host in capitals":                {"aws", "", Target{URL: "https://Console.AWS.amazon.com/X"}, "https://console.aws.amazon.com/X"},
		"a page of the EU's sovereign cloud":      {"aws-eusc", "", Target{URL: "https://eusc-de-east-1.console.amazonaws-eusc.eu/s3"}, "https://eusc-de-east-1.console.amazonaws-eusc.eu/s3"},
		"a page out of another sign-in's session": {"aws", "", Target{URL: "https://222222222222-abc123.eu-west-1.console.aws.amazon.com/ec2?x#y", Account: "222222222222"}, ireland + "ec2?x#y"},
		"... of the console's own host":           {"aws", "", Target{URL: "https://222222222222-abc123.console.aws.amazon.com/"}, "https://console.aws.amazon.com/"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := place(t, row.partition, row.region).Destination(row.t)
			if err != nil || got != row.want {
				t.Errorf("%s %v", got, err)
			}
		})
	}
}

func TestNoDestination(t *testing.T) {
	const own = "https://eu-west-1.console.aws.amazon.com/"
	dest := func(s string) Target { return Target{URL: s, Account: "222222222222"} }
	for name, row := range map[string]struct {
		t     Target
		want  string
		kind  Kind
		meant []string
	}{
		"two pages":                            {Target{Service: "s3", Path: "/x"}, "more than one page to open", ManyPages, nil},
		"a service nobody knows":               {Target{Service: "qwertyuiop"}, `no service "qwertyuiop" is known`, UnknownService, nil},
		"a slip":                               {Target{Service: "lamdba"}, `no service "lamdba" is known`, UnknownService, []string{"lambda"}},
		"the beginning of a service":           {Target{Service: "cloudform"}, `no service "cloudform" is known`, UnknownService, []string{"cloudfront", "cloudhsm", "cloudformation"}},
		"another host":                         {dest("https://evil.example/"), `URL: "evil.example" is not the console of partition aws`, OtherConsole, []string{own}},
		"a host that begins like it":           {dest("https://console.aws.amazon.com.evil.example"), `URL: "console.aws.amazon.com.evil.example" is not the console of partition aws`, OtherConsole, []string{own}},
		"a host that ends like it":             {dest("https://evilconsole.aws.amazon.com/"), `URL: "evilconsole.aws.amazon.com" is not the console of partition aws`, OtherConsole, []string{own}},
		"the console as a user's name":         {dest("https://console.aws.amazon.com@evil.example/"), "URL: it must not have a user name in it", OtherConsole, []string{own}},
		"a user of the console":                {dest("https://user@console.aws.amazon.com/"), "URL: it must not have a user name in it", OtherConsole, []string{own}},
		"a port":                               {dest("https://console.aws.amazon.com:8443/"), "URL: it must not have a port in it", OtherConsole, []string{own}},
		"a port that is the usual one":         {dest("https://console.aws.amazon.com:443/"), "URL: it must not have a port in it", OtherConsole, []string{own}},
		"no TLS":                               {dest("http://console.aws.amazon.com/"), "URL: it must begin with https://", OtherConsole, []string{own}},
		"no scheme":                            {dest("console.aws.amazon.com"), "URL: it must begin with https://", OtherConsole, []string{own}},
		"a scheme that runs":                   {dest("javascript:alert(1)//console.aws.amazon.com"), "URL: it must begin with https://", OtherConsole, []string{own}},
		"a slash too many":                     {dest("https:///console.aws.amazon.com/"), `URL: "" is not the console of partition aws`, OtherConsole, []string{own}},
		"a backslash, which browsers turn":     {dest(`https://evil.example\.console.aws.amazon.com/`), "URL: it must not hold a backslash", BadURL, nil},
		"... in the path":                      {dest(`https://console.aws.amazon.com/\x`), "URL: it must not hold a backslash", BadURL, nil},
		"a tab, which browsers leave out":      {dest("https://con\tsole.aws.amazon.com/"), "URL: it must not hold spaces or control characters", BadURL, nil},
		"a newline at the end":                 {dest("https://console.aws.amazon.com/\n"), "URL: it must not hold spaces or control characters", BadURL, nil},
		"letters that only look like ours":     {dest("https://сonsole.aws.amazon.com/"), "URL: it must not hold other than ASCII characters: percent-encode them", BadURL, nil},
		"punycode":                             {dest("https://xn--onsole-0vf.aws.amazon.com/"), `URL: "xn--onsole-0vf.aws.amazon.com" is not the console of partition aws`, OtherConsole, []string{own}},
		"a percent sign in the host":           {dest("https://evil.example%2f.console.aws.amazon.com/"), `URL: "evil.example%2f.console.aws.amazon.com" is not the console of partition aws`, OtherConsole, []string{own}},
		"a dot at the end":                     {dest("https://console.aws.amazon.com./"), `URL: "console.aws.amazon.com." is not the console of partition aws`, OtherConsole, []string{own}},
		"an empty label":                       {dest("https://.console.aws.amazon.com/"), `URL: ".console.aws.amazon.com" is not the console of partition aws`, OtherConsole, []string{own}},
		"the console of another partition":     {dest("https://console.amazonaws.cn/"), `URL: "console.amazonaws.cn" is not the console of partition aws`, OtherConsole, []string{own}},
		"another account's session":            {dest("https://333333333333-abc.eu-west-1.console.aws.amazon.com/"), "URL: it is a page of account 333333333333, and the role is in 222222222222", OtherAccount, nil},
		"percent signs that encode nothing":    {dest("https://console.aws.amazon.com/%zz"), "URL: it is not a URL", BadURL, nil},
		"a path that is a host":                {Target{Path: "//evil.example"}, "path: it is a whole URL, or one without its scheme", WholeURL, nil},
		"a path that is a URL":                 {Target{Path: "https://console.aws.amazon.com/"}, "path: it is a whole URL, or one without its scheme", WholeURL, nil},
		"a path with a backslash":              {Target{Path: `/\evil.example`}, "path: it must not hold a backslash", BadPath, nil},
		"what is neither an ARN nor a bucket":  {Target{Resource: "prod2"}, `"prod2" is neither an ARN nor s3://BUCKET/KEY`, BadARN, nil},
		"an ARN of another account":            {Target{Resource: "arn:aws:lambda:eu-west-1:333333333333:function:x", Account: "222222222222"}, "the resource is in account 333333333333, and the role is in 222222222222", OtherAccount, nil},
		"an ARN of another partition":          {Target{Resource: "arn:aws-cn:lambda:cn-north-1:222222222222:function:x"}, `the resource is in partition "aws-cn", and the role is in aws`, OtherPartition, nil},
		"an ARN of another partition's region": {Target{Resource: "arn:aws:lambda:cn-north-1:222222222222:function:x"}, `the ARN names region "cn-north-1", which is not in partition aws`, BadResource, nil},
		"an ARN with a host for a region":      {Target{Resource: "arn:aws:lambda:evil.example/:222222222222:function:x"}, `"arn:aws:lambda:evil.example/:222222222222:function:x" is neither an ARN nor s3://BUCKET/KEY`, BadARN, nil},
		"an ARN without its end":               {Target{Resource: "arn:aws:ec2:eu-west-1:222222222222:instance/"}, `"arn:aws:ec2:eu-west-1:222222222222:instance/" ends where the resource's name should be`, BadResource, nil},
		"a bucket without a name":              {Target{Resource: "s3:///key"}, `"" is not a bucket's name`, BadResource, nil},
		"a bucket that is a path":              {Target{Resource: "s3://a?b"}, `"a?b" is not a bucket's name`, BadResource, nil},
		"a bucket of dots":                     {Target{Resource: "s3://.../x"}, `"..." is not a bucket's name`, BadResource, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := place(t, "aws", "eu-west-1").Destination(row.t)
			var e *Error
			if !errors.As(err, &e) || err.Error() != row.want || e.Kind != row.kind || !slices.Equal(e.Meant, row.meant) {
				t.Errorf("%q %v: %+v", got, err, e)
			}
		})
	}
}

func TestResources(t *testing.T) {
	const (
		host = "https://eu-west-1.console.aws.amazon.com/"
		oslo = "https://eu-north-1.console.aws.amazon.com/"
		in   = "?region=eu-west-1"
		arn  = "arn:aws:"
		own  = ":eu-west-1:222222222222:"
	)
	for resource, want := range map[string]string{
		"s3://my.bucket":                                   host + "s3/buckets/my.bucket?tab=objects&region=eu-west-1",
		"s3://bucket/":                                     host + "s3/buckets/bucket?tab=objects&region=eu-west-1",
		"s3://bucket/a/b/":                                 host + "s3/buckets/bucket?prefix=a%2Fb%2F&region=eu-west-1",
		"s3://bucket/a b&c=#ü":                             host + "s3/object/bucket?prefix=a%20b%26c%3D%23%C3%BC&region=eu-west-1",
		arn + "s3:::bucket":                                host + "s3/buckets/bucket?tab=objects&region=eu-west-1",
		arn + "s3:::bucket/key":                            host + "s3/object/bucket?prefix=key&region=eu-west-1",
		arn + "ec2" + own + "instance/i-1":                 host + "ec2/home" + in + "#InstanceDetails:instanceId=i-1",
		arn + "ec2:eu-north-1:222222222222:volume/vol-1":   oslo + "ec2/home?region=eu-north-1#VolumeDetails:volumeId=vol-1",
		arn + "ec2" + own + "vpc/vpc-1":                    host + "vpcconsole/home" + in + "#VpcDetails:VpcId=vpc-1",
		arn + "lambda" + own + "function:f":                host + "lambda/home" + in + "#/functions/f",
		arn + "lambda" + own + "function:f:live":           host + "lambda/home" + in + "#/functions/f",
		arn + "iam::222222222222:role/path/Admin":          "https://console.aws.amazon.com/iam/home#/roles/details/Admin",
		arn + "iam::222222222222:user/al+ice@x":            "https://console.aws.amazon.com/iam/home#/users/details/al%2Bice%40x",
		arn + "iam::aws:policy/ReadOnlyAccess":             "https://console.aws.amazon.com/iam/home#/policies/details/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess",
		arn + "cloudformation" + own + "stack/s/1-2":       host + "cloudformation/home" + in + "#/stacks/stackinfo?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A222222222222%3Astack%2Fs%2F1-2",
		arn + "dynamodb" + own + "table/t":                 host + "dynamodbv2/home" + in + "#table?name=t",
		arn + "dynamodb" + own + "table/t/index/i":         host + "dynamodbv2/home" + in + "#table?name=t",
		arn + "sqs" + own + "q.fifo":                       host + "sqs/v3/home" + in + "#/queues/https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F222222222222%2Fq.fifo",
		arn + "sns" + own + "t":                            host + "sns/v3/home" + in + "#/topic/arn%3Aaws%3Asns%3Aeu-west-1%3A222222222222%3At",
		arn + "logs" + own + "log-group:/aws/lambda/f:*":   host + "cloudwatch/home" + in + "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Ff",
		arn + "logs" + own + "log-group:g:log-stream:s":    host + "cloudwatch/home" + in + "#logsV2:log-groups/log-group/g",
		arn + "cloudwatch" + own + "alarm:a b":             host + "cloudwatch/home" + in + "#alarmsV2:alarm/a%20b",
		arn + "rds" + own + "db:d":                         host + "rds/home" + in + "#database:id=d;is-cluster=false",
		arn + "rds" + own + "cluster:c":                    host + "rds/home" + in + "#database:id=c;is-cluster=true",
		arn + "ecs" + own + "cluster/c":                    host + "ecs/v2/clusters/c/services" + in,
		arn + "ecs" + own + "service/c/s":                  host + "ecs/v2/clusters/c/services/s/health" + in,
		arn + "eks" + own + "cluster/c":                    host + "eks/clusters/c" + in,
		arn + "secretsmanager" + own + "secret:a/b-AbCdEf": host + "secretsmanager/secret?name=a%2Fb&region=eu-west-1",
		arn + "ssm" + own + "parameter/p":                  host + "systems-manager/parameters/p/description" + in,
		arn + "ssm" + own + "parameter/a/p":                host + "systems-manager/parameters/%2Fa%2Fp/description" + in,
		arn + "kms" + own + "key/1-2":                      host + "kms/home" + in + "#/kms/keys/1-2",
		arn + "ecr" + own + "repository/a/b":               host + "ecr/repositories/private/222222222222/a%2Fb" + in,
		arn + "states" + own + "stateMachine:m":            host + "states/home" + in + "#/statemachines/view/arn%3Aaws%3Astates%3Aeu-west-1%3A222222222222%3AstateMachine%3Am",
		arn + "route53:::hostedzone/Z1":                    "https://console.aws.amazon.com/route53/v2/hostedzones#ListRecordSets/Z1",
		// What is in no table is left to the console.
		arn + "glue" + own + "job/j":  host + "go/view?arn=arn%3Aaws%3Aglue%3Aeu-west-1%3A222222222222%3Ajob%2Fj&region=eu-west-1",
		arn + "kms" + own + "alias/a": host + "go/view?arn=arn%3Aaws%3Akms%3Aeu-west-1%3A222222222222%3Aalias%2Fa&region=eu-west-1",
	} {
		t.Run(resource, func(t *testing.T) {
			got, err := place(t, "aws", "eu-west-1").Destination(Target{Resource: resource, Account: "222222222222"})
			if err != nil || got != want {
				t.Errorf("%v\n got %s\nwant %s", err, got, want)
			}
		})
	}
	got, err := place(t, "aws-cn", "").Destination(Target{Resource: "arn:aws-cn:sqs:cn-north-1:222222222222:q"})
	if want := "https://cn-north-1.console.amazonaws.cn/sqs/v3/home?region=cn-north-1#/queues/https%3A%2F%2Fsqs.cn-north-1.amazonaws.com.cn%2F222222222222%2Fq"; err != nil || got != want {
		t.Errorf("%s %v", got, err)
	}
}

func TestAnEndpointIsADestinationToo(t *testing.T) {
	p, err := NewHosts("aws", "eu-west-1", "http://127.0.0.1:4711")
	if err != nil {
		t.Fatal(err)
	}
	for s, ok := range map[string]bool{
		"http://127.0.0.1:4711/console": true, "http://127.0.0.1:4711": true, "https://console.aws.amazon.com/": true,
		"http://127.0.0.1:47110/": false, "http://127.0.0.1:4711@evil.example/": false, "http://127.0.0.1:4711.evil.example/": false,
	} {
		if _, err := p.Destination(Target{URL: s}); (err == nil) != ok {
			t.Errorf("%s: %v", s, err)
		}
	}
	if got, err := p.Destination(Target{Service: "ec2"}); err != nil || got != "http://127.0.0.1:4711/ec2/home?region=eu-west-1" {
		t.Errorf("%s %v", got, err)
	}
}

func TestServicePages(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(servicePages)) {
		names, page, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			t.Errorf("no page: %q", line)
		}
		for _, n := range strings.Fields(names) {
			if seen[n] {
				t.Errorf("%s stands there twice", n)
			}
			seen[n] = true
			if n != strings.ToLower(n) {
				t.Errorf("%s is not in lower case", n)
			}
		}
		page = strings.TrimPrefix(page, "!")
		u, err := url.Parse("https://console.aws.amazon.com/" + page)
		if err != nil || u.Host != "console.aws.amazon.com" || unsafeText(page) != "" || strings.HasPrefix(page, "/") {
			t.Errorf("%q is no page", page)
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d services", len(seen))
	}
}

// browserHost is the host a browser goes to (WHATWG URL, "URL parsing", for special schemes): tabs and
// newlines are left out, backslashes are slashes, any number of slashes is one beginning, and what is
// before the last @ is a user.
func browserHost(s string) (scheme, host string) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(s)
	scheme, rest, _ := strings.Cut(s, ":")
	rest = strings.TrimLeft(rest, "/")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	host, _, _ = strings.Cut(rest, ":")
	if u, err := url.PathUnescape(host); err == nil {
		host = u
	}
	return strings.ToLower(scheme), strings.ToLower(host)
}

// console is whether a URL stays at the console, as Go and as a browser read it.
func stays(t *testing.T, p Hosts, to string) {
	t.Helper()
	ours := func(host string) bool { return host == p.domain || strings.HasSuffix(host, "."+p.domain) }
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || !ours(u.Hostname()) {
		t.Errorf("Go reads %q as %v, %v", to, u, err)
	}
	if scheme, host := browserHost(to); scheme != "https" || !ours(host) {
		t.Errorf("a browser reads %q as %s, %s", to, scheme, host)
	}
}

func FuzzDestination(f *testing.F) {
	for _, s := range []string{
		"https://console.aws.amazon.com/", "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:", "https://console.aws.amazon.com.evil.example",
		`https://evil.example\@console.aws.amazon.com`, "https://a@b@console.aws.amazon.com", "https://222222222222-abc.eu-west-1.console.aws.amazon.com/x",
		"https://console.aws.amazon.com:443", "https://console.aws.amazon.com?@evil.example", "https://console.aws.amazon.com#@evil.example", "//evil.example", "/ec2/home", "?x", "#x", "@evil.example", ".evil.example", ":80", "\t//evil.example",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range []Hosts{place(t, "aws", "eu-west-1"), place(t, "aws-cn", "")} {
			for _, target := range []Target{{URL: s}, {Path: s}, {Resource: s}, {Resource: "s3://bucket/" + s}} {
				if to, err := p.Destination(target); err == nil {
					stays(t, p, to)
				}
			}
		}
	})
}

func FuzzARN(f *testing.F) {
	for _, s := range []string{
		"arn:aws:ec2:eu-west-1:222222222222:instance/i-1", "arn:aws:s3:::bucket/key", "arn:aws:iam::aws:policy/X", "arn:aws:sns:eu-west-1:222222222222:t",
		"arn:aws:lambda:eu-west-1:222222222222:function:f:1", "arn:aws:logs:eu-west-1:222222222222:log-group:/a:*", "arn:aws:x:evil.example/:222222222222:y", "arn:aws:ecs:eu-west-1:222222222222:service/c/s",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := place(t, "aws", "eu-west-1")
		to, err := p.Destination(Target{Resource: s, Account: "222222222222"})
		if err != nil {
			return
		}
		stays(t, p, to)
		if a, ok := parseARN(s); ok {
			if a.region != "" && !strings.HasPrefix(to, "https://"+a.region+".") && !strings.HasPrefix(to, "https://console.") {
				t.Errorf("%q is opened in another region: %s", s, to)
			}
			if digits(a.account, 12) && a.account != "222222222222" {
				t.Errorf("%q of another account is opened: %s", s, to)
			}
		}
	})
}
