package main

import (
	"context"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest/metadata"
)

// metadataCommands are about the services that give a story's machine its credentials: those of an EC2 instance and of
// a container. They are dave's, for an hour.
func metadataCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"metadata": startMetadata, "metadatafault": metadataFault, "metadatacalls": metadataCalls,
	}
}

// containerToken is what a request for a container's credentials must carry.
const containerToken = "container-token"

// metadata starts the services: METADATA is where the instance's is, CONTAINER where the container's credentials are.
func startMetadata(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	k := s.keys["dave"]
	client := sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(ts.Getenv("AWS_URL")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret}, nil
		}),
	})
	given := sync.OnceValues(func() (metadata.Credentials, error) {
		out, err := client.GetSessionToken(context.Background(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(3600)})
		if err != nil {
			return metadata.Credentials{}, err
		}
		c := out.Credentials
		return metadata.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey,
			SessionToken: *c.SessionToken, AccountID: home, Expires: *c.Expiration}, nil
	})
	_, err := given()
	ts.Check(err)
	s.aws.Reset()
	s.secrets.always(containerToken)
	s.metadata = &metadata.Service{Now: s.aws.Now, Role: "machine", Authorization: containerToken, Issue: given}
	address, stop, err := s.metadata.Listen()
	ts.Check(err)
	ts.Defer(stop)
	ts.Setenv("METADATA", address)
	ts.Setenv("CONTAINER", address+metadata.ContainerPath)
}

// metadatafault [FAULT] has the services do something wrong from now on; see metadata.Fault.
func metadataFault(ts *testscript.TestScript, _ bool, args []string) {
	var fault metadata.Fault
	if len(args) > 0 {
		fault = metadata.Fault(args[0])
	}
	of(ts).metadata.SetFault(fault)
}

// metadatacalls N holds the services to the number of requests since the last time it was asked.
func metadataCalls(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := of(ts).metadata.Calls(); len(got) != want {
		ts.Fatalf("the metadata services saw %q, want %d requests", got, want)
	}
}
