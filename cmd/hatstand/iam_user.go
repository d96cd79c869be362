package main

import (
	"context"
	"strings"

	"hatstand/cmd/internal/ui"
)

// An iamUser is whose device it will be.
type iamUser struct{ partition, account, name string }

// parseUser takes an IAM user's ARN apart.
func parseUser(arn string) (iamUser, error) {
	parts := strings.SplitN(arn, ":", 6)
	if name := userIn(arn); len(parts) == 6 && name != "" {
		return iamUser{parts[1], parts[4], name}, nil
	}
	return iamUser{}, &ui.UsageError{Reason: "the keys are not an IAM user's: they belong to " + ui.Quoted(arn), Next: "the root user's devices are made in the console: https://console.aws.amazon.com/iam/home#/security_credentials"}
}

// device is the serial of the user's device of that name.
func (u iamUser) device(name string) string {
	return "arn:" + u.partition + ":iam::" + u.account + ":mfa/" + name
}

// user is the IAM user that the keys belong to: as they were verified, else as AWS says.
func (o *owner) user(ctx context.Context) (iamUser, error) {
	if o.kept.ARN != "" {
		return parseUser(o.kept.ARN)
	}
	arn, err := o.whose(ctx, o.used)
	if err != nil {
		return iamUser{}, err
	}
	o.kept.ARN = arn // clients made from now on say the user's name
	return parseUser(arn)
}
