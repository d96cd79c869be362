package identitycenter_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"hatstand/credproc/awstest/identitycenter"
)

func TestListsAreTheUsersOwn(t *testing.T) {
	w := newWorld(t)
	token := w.signIn(t, w.register(t)).AccessToken
	accounts, err := w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token})
	check(t, err)
	var got []string
	for _, a := range accounts.AccountList {
		got = append(got, *a.AccountId+" "+*a.AccountName+" "+*a.EmailAddress)
	}
	if want := dev + " Dev dev@example.com, " + prod + " Prod prod@example.com"; strings.Join(got, ", ") != want {
		t.Errorf("accounts: %v, want %s", got, want)
	}
	roles, err := w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String(dev)})
	check(t, err)
	got = nil
	for _, r := range roles.RoleList {
		got = append(got, *r.RoleName+" "+*r.AccountId)
	}
	if want := "Admin " + dev + ", ReadOnly " + dev; strings.Join(got, ", ") != want {
		t.Errorf("roles: %v, want %s", got, want)
	}
	_, err = w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String("555555555555")})
	wantError(t, err, 403, "ForbiddenException")
	_, err = w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String("999999999999")})
	wantError(t, err, 404, "ResourceNotFoundException")
	w.corp.Unassign(alice, dev, "Admin")
	w.corp.Unassign(alice, dev, "ReadOnly")
	w.corp.RemoveAccount(prod)
	accounts, err = w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token})
	if err != nil || accounts.AccountList == nil || len(accounts.AccountList) != 0 {
		t.Errorf("%v, %v", accounts, err)
	}
}

func TestListsComeInPages(t *testing.T) {
	w := newWorld(t)
	for i := range 248 {
		id := fmt.Sprintf("7%011d", i)
		w.corp.AddAccount(identitycenter.Account{ID: id, Name: "Team", Email: "team@example.com"})
		check(t, w.corp.Assign(alice, id, "ReadOnly"))
	}
	for i := range 45 {
		set := fmt.Sprintf("Set%02d", i)
		check(t, w.corp.AddPermissionSet(set, time.Hour))
		check(t, w.corp.Assign(alice, prod, set))
	}
	token := w.signIn(t, w.register(t)).AccessToken

	seen, pages := map[string]bool{}, 0
	accounts := sso.NewListAccountsPaginator(w.portal, &sso.ListAccountsInput{AccessToken: token, MaxResults: aws.Int32(100)})
	for accounts.HasMorePages() {
		page, err := accounts.NextPage(t.Context())
		check(t, err)
		pages++
		for _, a := range page.AccountList {
			seen[*a.AccountId] = true
		}
	}
	if len(seen) != 250 || pages != 3 {
		t.Errorf("%d accounts in %d pages", len(seen), pages)
	}
	seen, pages = map[string]bool{}, 0
	roles := sso.NewListAccountRolesPaginator(w.portal, &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String(prod)})
	for roles.HasMorePages() {
		page, err := roles.NextPage(t.Context())
		check(t, err)
		pages++
		for _, r := range page.RoleList {
			seen[*r.RoleName] = true
		}
	}
	if len(seen) != 46 || pages != 3 {
		t.Errorf("%d roles in %d pages of 20", len(seen), pages)
	}

	first, err := w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token})
	check(t, err)
	_, err = w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{
		AccessToken: token, AccountId: aws.String(prod), NextToken: first.NextToken,
	})
	wantError(t, err, 400, "InvalidRequestException") // of the other list
	for _, bad := range []*sso.ListAccountsInput{
		{AccessToken: token, NextToken: aws.String("abc")}, {AccessToken: token, NextToken: aws.String("%%")},
		{AccessToken: token, MaxResults: aws.Int32(0)}, {AccessToken: token, MaxResults: aws.Int32(101)},
	} {
		_, err := w.portal.ListAccounts(t.Context(), bad)
		wantError(t, err, 400, "InvalidRequestException")
	}
}
