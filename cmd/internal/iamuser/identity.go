package iamuser

import (
	"strings"

	"hatstand/cmd/internal/ui"
)

// An Identity is what an IAM user's ARN says.
type Identity struct{ Partition, Account, Name string }

// ParseARN takes an IAM user's ARN apart. The root user's is a usage error.
func ParseARN(arn string) (Identity, error) {
	parts := strings.SplitN(arn, ":", 6)
	if name := NameIn(arn); len(parts) == 6 && name != "" {
		return Identity{parts[1], parts[4], name}, nil
	}
	const console = "https://console.aws.amazon.com/iam/home#/security_credentials"
	return Identity{}, &ui.UsageError{
		Reason: "the keys are not an IAM user's: they belong to " + ui.Quoted(arn),
		Next:   "the root user's devices are made in the console: " + console,
	}
}

// DeviceARN is the serial of the user's virtual MFA device of a name.
func (i Identity) DeviceARN(name string) string {
	return "arn:" + i.Partition + ":iam::" + i.Account + ":mfa/" + name
}

// NameIn is the user's name in an ARN; "" for root, who has none.
func NameIn(arn string) string {
	_, path, ok := strings.Cut(arn, ":user/")
	if !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}
