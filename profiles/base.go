package profiles

import (
	"strings"
	"time"

	"hatstand/profiles/cmdline"
	"hatstand/profiles/limits"
)

// baseAt reads the base of a chain that starts at p. If p has several sources, the SDKs' order decides; a role's own
// source comes before keys only in the profile asked for.
func (w *walk) baseAt(p *Profile) (Base, error) {
	b := Base{Profile: p.Name, AccountID: p.get("aws_account_id").Value}
	var err error
	if b.MFASerial, err = p.serial(); err != nil {
		return b, err
	}
	var (
		named   = p.get("credential_source")
		token   = p.webIdentity()
		process = p.get(processKey)
	)
	roleHasSource := p == w.first && p.get("role_arn").IsSet() &&
		(named.IsSet() || token.IsSet() || p.get(samlKey).IsSet())
	switch {
	case p.hasStaticKeys() && !roleHasSource:
		b.Kind = Static
		return b, p.staticKeys(&b)
	case token.IsSet():
		b.Kind = WebIdentity
		b.WebIdentityTokenFile, b.WebIdentityTokenProcess = p.get(webTokenFile), p.get(webTokenProcess)
		if _, err := p.oneSource(); err != nil {
			return b, err
		}
		if !p.get("role_arn").IsSet() {
			return b, p.wrong(TokenWithoutRole, "role_arn", token, p.webIdentityKey()+" needs role_arn")
		}
		if command := b.WebIdentityTokenProcess; command.IsSet() {
			if _, err := cmdline.Split(command.Value); err != nil {
				return b, p.wrong(Invalid, webTokenProcess, command, webTokenProcess+" "+err.Error())
			}
		}
		if b.WebIdentityRole, err = p.role(); err == nil && p.webIdentityKey() == oidcKey {
			b.Kind = OIDC
			err = p.withToken()
		}
		return b, err
	case p.get(samlKey).IsSet():
		return b, w.samlBase(p, &b)
	case named.IsSet():
		if b.Kind, err = p.namedSource(named); err == nil {
			err = w.metadata(p, &b)
		}
		return b, err
	case p.usesSSO():
		b.Kind = SSO
		if b.SSO, w.scopes, err = w.set.sso(p); b.SSO.AccountID != "" {
			b.AccountID = b.SSO.AccountID
		}
		return b, err
	case p.get("login_session").IsSet():
		b.Kind, b.LoginSession = LoginSession, p.get("login_session")
		account, err := limits.ParseConsoleARN(strings.TrimSpace(b.LoginSession.Value))
		if b.AccountID == "" {
			b.AccountID = account
		}
		return b, SettingError(p.Name, "login_session", b.LoginSession, err)
	case process.IsSet():
		words, err := cmdline.Split(process.Value)
		if err != nil {
			return b, p.wrong(Invalid, processKey, process, processKey+" "+err.Error())
		}
		if vault, ok := cmdline.StartsAWSVault(words); ok && vault == p.processProfile() && w.req.HasKeys != nil &&
			w.req.HasKeys(p.Name) {
			break // its keys were imported from aws-vault
		}
		if !cmdline.StartsHatstandFor(words, w.req.Self, p.processProfile()) {
			b.Kind, b.Process, b.Hatstand = Process, process, cmdline.IsHatstand(words, w.req.Self)
			return b, nil
		}
	}
	b.Kind = Keyring
	return b, nil
}

// processProfile is the profile that has the credential_process.
func (p *Profile) processProfile() string {
	if p.processOf != "" {
		return p.processOf
	}
	return p.Name
}

// hasStaticKeys reports whether the profile has keys in a file, or half of a pair.
func (p *Profile) hasStaticKeys() bool {
	return p.get("aws_access_key_id").IsSet() || p.get("aws_secret_access_key").IsSet()
}

// staticKeys fills in the keys. The halves of a pair must be in one file: those of two files may belong to different
// identities. A session token counts only beside them.
func (p *Profile) staticKeys(b *Base) error {
	id, secret, token := p.get("aws_access_key_id"), p.get("aws_secret_access_key"), p.get("aws_session_token")
	missing := func(key, other string, where Setting) error {
		return p.wrong(HalfPair, key, where, other+" is set and "+key+" is not")
	}
	switch {
	case !secret.IsSet():
		return missing("aws_secret_access_key", "aws_access_key_id", id)
	case !id.IsSet():
		return missing("aws_access_key_id", "aws_secret_access_key", secret)
	case id.Path != secret.Path:
		return p.wrong(SplitPair, "aws_access_key_id", id,
			"aws_access_key_id and aws_secret_access_key are in different files, here and at "+secret.Where())
	}
	b.AccessKeyID, b.SecretAccessKey = id.Value, Secret(secret.Value)
	if token.Path == id.Path {
		b.SessionToken = Secret(token.Value)
	}
	return nil
}

func (p *Profile) namedSource(source Setting) (BaseKind, error) {
	switch {
	case strings.EqualFold(source.Value, "Environment"):
		return Environment, nil
	case strings.EqualFold(source.Value, "Ec2InstanceMetadata"):
		return EC2Metadata, nil
	case strings.EqualFold(source.Value, "EcsContainer"):
		return ECSContainer, nil
	}
	return 0, wrongValue(UnknownCredentialSource, p.Name, "credential_source", source, "is unknown")
}

// noSession is where session = none is set.
func (w *walk) noSession() (Setting, error) {
	for _, p := range []*Profile{w.selected, w.base} {
		switch {
		case !p.session.IsSet():
		case p.session.Value == "none":
			return p.session, nil
		default:
			return Setting{}, wrongValue(Invalid, p.Name, "session", p.session, "is unknown: the only value is none")
		}
	}
	return Setting{}, nil
}

// sessionDuration is how long a session of the base is asked for; 0: not set.
func (w *walk) sessionDuration() (time.Duration, error) {
	if len(w.chain.Roles) == 0 && w.chain.Base.WebIdentityRole.ARN == "" && w.chain.Base.Kind != SAML {
		if d, err := w.base.seconds("duration_seconds", limits.CheckSessionDuration); d != 0 || err != nil {
			return d, err
		}
	}
	const key = "mfa_session_duration"
	name, setting := w.base.Name, w.base.get(key)
	if !setting.IsSet() {
		name, setting = "", w.set.Program(key)
	}
	if !setting.IsSet() {
		return 0, nil
	}
	d, err := limits.ParseDuration(setting.Value)
	if err == nil {
		err = limits.CheckSessionDuration(d)
	}
	return d, SettingError(name, key, setting, err)
}
