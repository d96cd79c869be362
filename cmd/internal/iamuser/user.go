package iamuser

import (
	"context"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/iam"
	"hatstand/profiles"
	"hatstand/profiles/partitions"
)

// Where a user's keys were found.
const (
	sourceKeyring = "keyring"
	sourceFile    = "file"
)

// A User is the IAM user whose long-lived key a profile has.
type User struct {
	Profile string
	// Stored is the key in the keyring. Where there is none it has the user's ARN alone.
	Stored cache.Keys
	// Keys are the ones to ask with: the keyring's, else the file's.
	Keys credentials.Value

	users       *Users
	chain       *profiles.Chain // without the roles that the profile may have
	iamEndpoint profiles.Endpoint
}

// KeyInFile reports whether the key is in a file and not in the keyring.
func (u *User) KeyInFile() bool { return u.Keys.Source == sourceFile }

// Use has AWS asked with a key of the keyring from now on.
func (u *User) Use(k cache.Keys) {
	u.Stored = k
	u.Keys = credentials.Value{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, Source: sourceKeyring}
}

// AskARN asks AWS whose credentials these are.
func (u *User) AskARN(ctx context.Context, c credentials.Value) (string, error) {
	return u.users.callerARN(ctx, u.Profile, u.chain.SessionRegion, u.chain.SessionSTS, c)
}

// Identity is the user's, as it was verified, else as AWS says.
func (u *User) Identity(ctx context.Context) (Identity, error) {
	if u.Stored.ARN != "" {
		return ParseARN(u.Stored.ARN)
	}
	arn, err := u.AskARN(ctx, u.Keys)
	if err != nil {
		return Identity{}, err
	}
	u.Stored.ARN = arn // IAM clients made from now on name the user
	return ParseARN(arn)
}

// IAM is IAM as the user: with a session got for a token code where the profile has an MFA device, since many accounts
// deny everything without one (the policy that AWS documents for it does); else with the keys as they are, since IAM
// takes no session that was got without MFA. A cached session needs no code.
func (u *User) IAM(ctx context.Context, k *provider.RoleFlags) (*iam.Client, error) {
	c, withMFA, err := u.signer(ctx, k)
	if err != nil {
		return nil, err
	}
	return u.IAMWith(c, withMFA)
}

// IAMWithKeys is IAM as the user, with the keys as they are and no MFA.
func (u *User) IAMWithKeys() (*iam.Client, error) { return u.IAMWith(u.Keys, false) }

// IAMWith is IAM as the user, with any credentials of the user's. withMFA says whether a code was given for them.
func (u *User) IAMWith(c credentials.Value, withMFA bool) (*iam.Client, error) {
	at := u.iamEndpoint
	u.users.nameHost("iam", at)
	client, err := u.users.clients.For(at.CABundle)
	if err != nil {
		return nil, err
	}
	return iam.New(iam.Options{
		Calls: u.users.provider.Calls(client), Region: u.iamRegion(),
		URL: at.URL, FIPS: at.FIPS, DualStack: at.DualStack,
		Credentials: c, MFA: withMFA, User: NameIn(u.Stored.ARN), Profile: u.Profile,
	}), nil
}

// signer gets the credentials that IAM is asked with.
func (u *User) signer(ctx context.Context, k *provider.RoleFlags) (c credentials.Value, withMFA bool, err error) {
	plan, err := credproc.NewPlan(u.chain, credproc.Options{})
	if err != nil {
		return credentials.Value{}, false, err
	}
	if plan.Serial() == "" {
		return u.Keys, false, nil
	}
	r, err := u.users.provider.Resolver(ctx, plan, k, prompt.Normal)
	if err != nil {
		return credentials.Value{}, false, err
	}
	c, err = u.users.provider.Run(ctx, r, plan)
	return c, true, err
}

// iamRegion is where the partition's IAM is. The user's ARN is right about the partition; a region left over in the
// environment may not be.
func (u *User) iamRegion() string {
	partition := u.chain.Partition
	if parts := strings.SplitN(u.Stored.ARN, ":", 3); len(parts) == 3 {
		partition = parts[1]
	}
	if leader := partitions.LeaderRegion(partition); leader != "" {
		return leader
	}
	return u.chain.SessionRegion
}
