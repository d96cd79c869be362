package advice

import "hatstand/credproc/policy"

func policyError(err error) (answer, bool) {
	e, ok := err.(*policy.Error)
	if !ok {
		return answer{}, false
	}
	a := answer{rank: usage, exit: Usage}
	word := ShellWord(e.Target)
	switch e.Kind {
	case policy.NoRole:
		a.hints = []string{"name a profile with role_arn, or a role: ACCOUNT:ROLE --source " + word}
	case policy.Managed:
		a.hints = []string{"an administrator of IAM Identity Center decides who may use it (assignments)"}
	case policy.NothingToAllow:
		a.hints = []string{"print that policy: hatstand policy trust " + word}
	case policy.NotUser:
		a.hints = []string{"name a profile with an IAM user's keys: hatstand keys list"}
	case policy.OtherRole:
		a.hints = []string{"print them one after the other: hatstand policy trust " + word}
	case policy.NotOnTheWay:
		a.hints = []string{"see which roles it assumes on the way: hatstand explain " + word}
	case policy.BadPrincipal:
		a.hints = []string{"name an IAM user: --principal arn:aws:iam::111111111111:user/alice"}
	case policy.CallerIsTold:
		a.hints = []string{"leave --principal out"}
	case policy.BadAccounts:
		a.hints = []string{"all accounts: --accounts '*'"}
	}
	return a, true
}
