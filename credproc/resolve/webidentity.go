package resolve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/userfile"
)

// maxWebToken is the most characters of a token that STS takes (the STS model, AssumeRoleWithWebIdentity).
const maxWebToken = 20000

// webIdentity exchanges the token of a web identity. One that STS does not take is read again once: whoever writes the
// file may be about to replace it.
func (r *Resolver) webIdentity(ctx context.Context, p credproc.Plan, i int) (c credentials.Value, err error) {
	s := p.Steps[i]
	client, err := r.Connect(s.Region, s.Endpoint, credentials.Value{})
	if err != nil {
		return c, err
	}
	for last := false; ; last = true {
		token, err := r.webToken(ctx, p)
		if err != nil {
			return c, err
		}
		c, err = r.makeCall(ctx, caller{client: client, token: token}, p, i, "")
		if err == nil || last || !staleToken(err) {
			return c, err
		}
	}
}

// staleToken reports whether STS's refusal is about the token's age or content.
func staleToken(err error) bool {
	refused, ok := errors.AsType[*sts.RefusedError](err)
	if !ok {
		return false
	}
	switch refused.Code {
	case "ExpiredTokenException", "ExpiredToken", "InvalidIdentityToken":
		return true
	}
	return false
}

// webToken reads the token of the plan's base. Its errors never quote it.
func (r *Resolver) webToken(ctx context.Context, p credproc.Plan) (string, error) {
	file, command := p.Base.WebIdentityTokenFile, p.Base.WebIdentityTokenProcess
	where, what := file, fmt.Sprintf("web_identity_token_file %q", file.Value)
	var raw []byte
	var err error
	if command.IsSet() {
		args, splitErr := cmdline.Split(command.Value)
		if splitErr != nil || len(args) == 0 {
			return "", fmt.Errorf("web_identity_token_process: %w", splitErr)
		}
		where, what = command, fmt.Sprintf("web_identity_token_process %q", args[0])
		raw, err = r.Run(ctx, p.Base.Profile, args)
	} else {
		raw, err = userfile.Read(file.Value, 64<<10) // white space at its end is no part of it
	}
	fail := func(kind Kind, reason string) (string, error) {
		if command.IsSet() {
			kind = NotPrinted
		}
		if where.Path != "" {
			what += " (" + where.Where() + ")"
		}
		return "", &Error{Kind: kind, Target: p.Target, Source: p.Base.Profile,
			Reason: what + from(p.Base.Profile, p.Target) + ": " + reason}
	}
	token := strings.TrimRight(string(raw), " \t\r\n")
	switch {
	case err != nil && ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return fail(NoToken, err.Error())
	case err != nil:
		return fail(UnusableToken, err.Error())
	case token == "":
		return fail(NoToken, "it gives no token")
	case len(token) > maxWebToken:
		return fail(UnusableToken, fmt.Sprintf("the token has more than %d characters, which is the most that STS takes", maxWebToken))
	case strings.ContainsAny(token, " \t\r\n\x00"):
		return fail(UnusableToken, "what it gives is not a token: it has spaces or line ends in it")
	}
	return token, nil
}
