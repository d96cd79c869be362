package identitycenter

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/credproc/grant"
	"hatstand/credproc/internal/text"
)

// RoleCredentials exchanges the token for a permission set's credentials in an account.
func (c *Client) RoleCredentials(ctx context.Context, t grant.Token, account, permissionSet string) (credentials.Value,
	error) {
	out, err := c.portal.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: &t.Access, AccountId: &account, RoleName: &permissionSet,
	}, c.portalCall(ctx, awsclient.Repeatable))
	if err != nil {
		return credentials.Value{}, c.refusal(call{name: roleCredentials, account: account,
			permissionSet: permissionSet}, err)
	}
	got := out.RoleCredentials
	if got == nil {
		return credentials.Value{}, c.incomplete(roleCredentials)
	}
	v := credentials.Value{AccessKeyID: aws.ToString(got.AccessKeyId),
		SecretAccessKey: aws.ToString(got.SecretAccessKey), SessionToken: aws.ToString(got.SessionToken), CanExpire: true,
		Expires:   time.UnixMilli(got.Expiration).UTC(),
		AccountID: account}
	if !v.HasKeys() || v.SessionToken == "" || got.Expiration <= 0 {
		return credentials.Value{}, c.incomplete(roleCredentials)
	}
	if !v.Expires.After(c.calls.Now()) {
		return credentials.Value{}, &grant.Error{Kind: grant.BadAnswer, Grant: c.grant.Name(), Call: roleCredentials,
			Reason: fmt.Sprintf("sign-in to %s: AWS gave credentials for %s in %s that expired at %s", c.grant.Name(),
				permissionSet, account, v.Expires.Format(time.RFC3339))}
	}
	return v, nil
}

// An Account is one that the person has permission sets in.
type Account struct {
	ID    string // 12 digits
	Name  string
	Email string // of its root user
}

// Accounts are the accounts that the person has permission sets in, page by page. An error ends them.
func (c *Client) Accounts(ctx context.Context, t grant.Token) iter.Seq2[[]Account, error] {
	return pages(ctx, c, listAccounts, func(next *string) ([]Account, *string, error) {
		out, err := c.portal.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: &t.Access, NextToken: next,
			MaxResults: aws.Int32(pageSize)}, c.portalCall(ctx, awsclient.Repeatable))
		if err != nil {
			return nil, nil, c.refusal(call{name: listAccounts}, err)
		}
		if out.AccountList == nil {
			return nil, nil, c.incomplete(listAccounts)
		}
		var page []Account
		for _, a := range out.AccountList {
			page = append(page, Account{ID: aws.ToString(a.AccountId), Name: text.OneLine(aws.ToString(a.AccountName)),
				Email: text.OneLine(aws.ToString(a.EmailAddress))})
		}
		return page, out.NextToken, nil
	})
}

// Roles are the names of the person's permission sets in an account, page by page. An error ends them.
func (c *Client) Roles(ctx context.Context, t grant.Token, account string) iter.Seq2[[]string, error] {
	return pages(ctx, c, listAccountRoles, func(next *string) ([]string, *string, error) {
		in := &sso.ListAccountRolesInput{AccessToken: &t.Access, AccountId: &account, NextToken: next,
			MaxResults: aws.Int32(pageSize)}
		out, err := c.portal.ListAccountRoles(ctx, in, c.portalCall(ctx, awsclient.Repeatable))
		if err != nil {
			return nil, nil, c.refusal(call{name: listAccountRoles, account: account}, err)
		}
		if out.RoleList == nil {
			return nil, nil, c.incomplete(listAccountRoles)
		}
		var page []string
		for _, r := range out.RoleList {
			page = append(page, text.OneLine(aws.ToString(r.RoleName)))
		}
		return page, out.NextToken, nil
	})
}

// pageSize is how much one call lists. AWS allows 1000, and its own tools ask for 100.
const pageSize = 100

// pages calls get for one page after the other. A page that AWS names as its own next one would never end.
func pages[T any](ctx context.Context, c *Client, name string,
	get func(next *string) ([]T, *string, error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var next *string
		for seen := map[string]bool{}; ; {
			page, after, err := paced(ctx, c.pace, func() ([]T, *string, error) { return get(next) })
			if !yield(page, err) || err != nil || aws.ToString(after) == "" {
				return
			}
			if seen[*after] {
				yield(nil, &grant.Error{Kind: grant.BadAnswer, Grant: c.grant.Name(), Call: name,
					Reason: fmt.Sprintf("sign-in to %s: AWS's answers to %s go round in a circle", c.grant.Name(), name)})
				return
			}
			seen[*after], next = true, after
		}
	}
}

// logoutLimit bounds Logout: whoever signs out does not want to wait for AWS.
const logoutLimit = 5 * time.Second

// Logout ends the sign-in at AWS. The token is of no use then, whatever the error says.
func (c *Client) Logout(ctx context.Context, t grant.Token) error {
	ctx, stop := context.WithTimeout(ctx, logoutLimit)
	defer stop()
	_, err := c.portal.Logout(ctx, &sso.LogoutInput{AccessToken: &t.Access}, c.portalCall(ctx, awsclient.Once))
	if err != nil {
		return c.refusal(call{name: logout}, err)
	}
	return nil
}
