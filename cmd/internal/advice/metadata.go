package advice

import "hatstand/credproc/metadata"

func metadataError(err error) (answer, bool) {
	e, ok := err.(*metadata.Error)
	if !ok {
		return answer{}, false
	}
	a := answer{rank: refused, exit: Refused}
	switch e.Kind {
	case metadata.NoAnswer, metadata.Unreachable:
		a.rank, a.exit = unreachable, Failed
	case metadata.BadAnswer:
		a.rank, a.exit = own, Failed
	case metadata.BadToken:
		a.rank, a.exit = usage, Usage
	}
	if hint := metadataHint(e.Kind); hint != "" {
		a.hints = []string{hint}
	}
	return a, true
}

func metadataHint(k metadata.Kind) string {
	const modify = "aws ec2 modify-instance-metadata-options --instance-id ID "
	switch k {
	case metadata.NoAnswer:
		return "in a container on EC2, allow answers one more network hop: " + modify + "--http-put-response-hop-limit 2"
	case metadata.Unreachable:
		return "make sure that the program runs where the service is, and check AWS_EC2_METADATA_SERVICE_ENDPOINT or " +
			"AWS_CONTAINER_CREDENTIALS_FULL_URI if one is set"
	case metadata.VersionOne:
		return "enable version 2 of the service (IMDSv2): " + modify + "--http-tokens required"
	case metadata.SwitchedOff:
		return "switch it on: " + modify + "--http-endpoint enabled"
	case metadata.NoRole:
		return "give the instance a role: aws ec2 associate-iam-instance-profile"
	case metadata.Expired:
		return "check this machine's clock; the service renews its credentials by itself"
	case metadata.BadToken:
		return "write only the token into it, without a line end: printf %s TOKEN"
	}
	return ""
}
