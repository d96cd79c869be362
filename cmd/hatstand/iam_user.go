package main

import (
	"context"
	"strings"

	"hatstand/credproc"
)

// An iamUser is whose device it will be.
type iamUser struct{ partition, account, name string }

// parseUser takes an IAM user's ARN apart.
func parseUser(arn string) (iamUser, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 {
		if path, ok := strings.CutPrefix(parts[5], "user/"); ok {
			return iamUser{parts[1], parts[4], path[strings.LastIndexByte(path, '/')+1:]}, nil
		}
	}
	return iamUser{}, &usageError{reason: "the keys are not an IAM user's: they belong to " + quoted(arn), next: "the root user's devices are made in the console: https://console.aws.amazon.com/iam/home#/security_credentials"}
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
	sts, err := o.sts(o.used)
	if err != nil {
		return iamUser{}, err
	}
	arn, err := credproc.Whose(ctx, sts, o.name, o.chain.SessionRegion, o.app.now)
	if err != nil {
		return iamUser{}, err
	}
	return parseUser(arn)
}
