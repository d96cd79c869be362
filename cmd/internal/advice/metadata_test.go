package advice_test

import (
	"context"
	"slices"
	"testing"

	"hatstand/cmd/internal/advice"
	"hatstand/credproc/metadata"
	"hatstand/profiles"
)

func TestAdviceOnMetadataServices(t *testing.T) {
	const modify = "aws ec2 modify-instance-metadata-options --instance-id ID "
	covered := map[metadata.Kind]bool{}
	for _, row := range []struct {
		claim string
		err   metadata.Error
		exit  int
		hint  string
	}{
		{"no answer", metadata.Error{Kind: metadata.NoAnswer, Err: context.DeadlineExceeded}, 1,
			"in a container on EC2, allow answers one more network hop: " + modify + "--http-put-response-hop-limit 2"},
		{"nobody there", metadata.Error{Kind: metadata.Unreachable}, 1, "make sure that the program runs where the service " +
			"is, and check AWS_EC2_METADATA_SERVICE_ENDPOINT or AWS_CONTAINER_CREDENTIALS_FULL_URI if one is set"},
		{"version 1", metadata.Error{Kind: metadata.VersionOne}, 4,
			"enable version 2 of the service (IMDSv2): " + modify + "--http-tokens required"},
		{"switched off", metadata.Error{Kind: metadata.SwitchedOff}, 4,
			"switch it on: " + modify + "--http-endpoint enabled"},
		{"no role", metadata.Error{Kind: metadata.NoRole}, 4,
			"give the instance a role: aws ec2 associate-iam-instance-profile"},
		{"refused", metadata.Error{Kind: metadata.Refused}, 4, ""},
		{"expired", metadata.Error{Kind: metadata.Expired}, 4,
			"check this machine's clock; the service renews its credentials by itself"},
		{"no credentials", metadata.Error{Kind: metadata.BadAnswer}, 1, ""},
		{"a token that cannot be sent", metadata.Error{Kind: metadata.BadToken}, 2,
			"write only the token into it, without a line end: printf %s TOKEN"},
	} {
		covered[row.err.Kind] = true
		var want []string
		if row.hint != "" {
			want = []string{row.hint}
		}
		if exit, hints := advice.For(&row.err); exit != row.exit || !slices.Equal(hints, want) {
			t.Errorf("%s: exit %d, hints %q; want %d, %q", row.claim, exit, hints, row.exit, want)
		}
	}
	for kind := metadata.NoAnswer; kind <= metadata.BadToken; kind++ {
		if !covered[kind] {
			t.Errorf("kind %d has no row", kind)
		}
	}
}

func TestAdviceOnSettingsOfMetadataServices(t *testing.T) {
	for kind, want := range map[profiles.Kind]string{
		profiles.MetadataDisabled: "unset AWS_EC2_METADATA_DISABLED, or set it to false",
		profiles.NotIPVersion:     "write IPv4 or IPv6",
		profiles.ForeignContainer: "use https, or run the service on this machine: ssh -R forwards a port to another",
	} {
		exit, hints := advice.For(&profiles.Error{Kind: kind, What: "AWS_EC2_METADATA_DISABLED"})
		if exit != 2 || !slices.Equal(hints, []string{want}) {
			t.Errorf("%v: exit %d, %q; want %q", kind, exit, hints, want)
		}
	}
}
