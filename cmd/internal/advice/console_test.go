package advice_test

import (
	"slices"
	"testing"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/child"
	"hatstand/credproc/console"
)

func TestHintsOnTheConsoleAndCommands(t *testing.T) {
	const page = "or give the page itself: --destination https://..., or --path /SERVICE/home"
	for _, row := range []struct {
		err  error
		want []string
	}{
		{&console.Error{Kind: console.UnknownPartition, Meant: []string{"aws", "aws-cn"}}, []string{"known consoles: aws, aws-cn"}},
		{&console.Error{Kind: console.BadRegion}, []string{"give a name like eu-west-1: --region REGION"}},
		{&console.Error{Kind: console.OtherRegion}, []string{"name a region of that partition: --region REGION"}},
		{&console.Error{Kind: console.BadEndpoint}, []string{"correct AWS_ENDPOINT_URL_SIGNIN, AWS_ENDPOINT_URL or endpoint_url"}},
		{&console.Error{Kind: console.PlainHTTP}, []string{"use https"}},
		{&console.Error{Kind: console.ManyPages}, []string{"give one of: a resource, --service, --path, --destination"}},
		{&console.Error{Kind: console.UnknownService}, []string{page}},
		{&console.Error{Kind: console.UnknownService, Meant: []string{"lambda", "s3"}}, []string{"did you mean lambda, s3?", page}},
		{&console.Error{Kind: console.BadPath}, nil},
		{&console.Error{Kind: console.WholeURL}, []string{"give a page as: --destination URL"}},
		{&console.Error{Kind: console.BadURL}, nil},
		{&console.Error{Kind: console.OtherConsole, Meant: []string{"https://x/"}}, []string{"a page of this role's console begins with https://x/"}},
		{&console.Error{Kind: console.OtherAccount}, []string{"choose a role of that account: hatstand list"}},
		{&console.Error{Kind: console.OtherPartition}, []string{"choose a role of that partition: hatstand list"}},
		{&console.Error{Kind: console.BadARN}, []string{"an ARN is like arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE"}},
		{&console.Error{Kind: console.Refused, Status: 403}, nil},
		{&console.Error{Kind: console.Refused, Status: 429}, []string{"AWS failed on its side: run it again, or use another region: --region REGION"}},
		{&child.ValueError{Format: "cmd", Name: "X"}, []string{"every value fits into --format json"}},
		{&child.StartError{Command: "go version", Code: 127}, []string{"without quotes around all of it: -- go version"}},
		{&child.StartError{Command: "no-such-command here", Code: 127}, nil},
	} {
		if got := advice.Hints(row.err); !slices.Equal(got, row.want) {
			t.Errorf("%#v: %q, want %q", row.err, got, row.want)
		}
	}
}
