package advice

import (
	"net/http"
	"strings"

	"hatstand/credproc/console"
)

func consoleError(err error) (answer, bool) {
	e, ok := err.(*console.Error)
	if !ok {
		return answer{}, false
	}
	a := answer{rank: usage, exit: Usage, hints: consoleHints(e)}
	switch e.Kind {
	case console.Unreachable, console.BrokeOff:
		a.rank, a.exit = unreachable, Failed
	case console.Refused:
		a.rank, a.exit = refused, Refused
	case console.NotSignIn:
		a.rank, a.exit = none, Failed
	}
	return a, true
}

func consoleHints(e *console.Error) []string {
	switch e.Kind {
	case console.UnknownPartition:
		return []string{"known consoles: " + strings.Join(e.Meant, ", ")}
	case console.BadRegion:
		return []string{"give a name like eu-west-1: --region REGION"}
	case console.OtherRegion:
		return []string{"name a region of that partition: --region REGION"}
	case console.BadEndpoint:
		return []string{"correct AWS_ENDPOINT_URL_SIGNIN, AWS_ENDPOINT_URL or endpoint_url"}
	case console.PlainHTTP:
		return []string{"use https"}

	case console.ManyPages:
		return []string{"give one of: a resource, --service, --path, --destination"}
	case console.UnknownService:
		page := "or give the page itself: --destination https://..., or --path /SERVICE/home"
		if len(e.Meant) > 0 {
			return []string{"did you mean " + strings.Join(e.Meant, ", ") + "?", page}
		}
		return []string{page}
	case console.WholeURL:
		return []string{"give a page as: --destination URL"}
	case console.OtherConsole:
		return []string{"a page of this role's console begins with " + strings.Join(e.Meant, " or ")}
	case console.OtherAccount:
		return []string{"choose a role of that account: hatstand list"}
	case console.OtherPartition:
		return []string{"choose a role of that partition: hatstand list"}
	case console.BadARN:
		return []string{"an ARN is like arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE"}

	case console.Refused:
		switch {
		case e.Passing():
			return []string{"AWS failed on its side: run it again, or use another region: --region REGION"}
		case e.Status == http.StatusBadRequest:
			return []string{"only a role's credentials sign in to the console; if these are a role's and are not " +
				"expired, get new ones: --no-cache"}
		}
	case console.Unreachable, console.BrokeOff:
		return []string{"check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN if it is set"}
	case console.NotSignIn:
		return []string{"a proxy or a captive portal may be in between: check HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN " +
			"if it is set"}
	}
	return nil
}
