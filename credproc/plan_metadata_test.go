package credproc

import (
	"testing"
	"time"

	"hatstand/profiles"
)

func metadataPlan(t *testing.T, url string, roles []profiles.Role, o Options) (Plan, error) {
	t.Helper()
	return NewPlan(&profiles.Chain{
		Target: "prod", Region: "eu-west-1", Partition: "aws", Roles: roles,
		Base: profiles.Base{Kind: profiles.EC2Metadata, Profile: "prod", Metadata: profiles.MetadataSetting{URL: url}},
	}, o)
}

func TestAnInstancesCredentialsAreTheAnswerOfAProfileWithoutARole(t *testing.T) {
	p, err := metadataPlan(t, "http://169.254.169.254", nil, Options{})
	if err != nil || len(p.Steps) != 0 || !p.Temporary || p.BareKeys() {
		t.Errorf("%v %+v", err, p)
	}
	_, err = metadataPlan(t, "http://169.254.169.254", nil, Options{NoSession: true})
	if want := `profile "prod": no session is for long-lived keys, and the EC2 metadata service gives them`; err == nil ||
		err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestARoleOfAnInstanceIsChained(t *testing.T) {
	role := []profiles.Role{{Profile: "prod", ARN: "arn:aws:iam::222222222222:role/R", Partition: "aws",
		AccountID: "222222222222", Name: "R", Duration: 12 * time.Hour}}
	p, err := metadataPlan(t, "http://169.254.169.254", role, Options{})
	if err != nil || len(p.Steps) != 1 {
		t.Fatalf("%v %+v", err, p)
	}
	s := p.Steps[0]
	if s.Call != AssumeRole || s.Duration != time.Hour || s.Shortened == "" || p.Direct() ||
		s.Reason != "the base's credentials are temporary: the EC2 metadata service gives them" {
		t.Errorf("%+v", s)
	}
	other, err := metadataPlan(t, "http://[fd00:ec2::254]", role, Options{})
	if err != nil || other.Steps[0].Item == s.Item {
		t.Errorf("%v: another address has the same item", err)
	}
}
