package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/child"
	"hatstand/profiles/partitions"
)

// The stand-in for the AWS CLI, where none is installed: it lists buckets and what is in them, and tells whose credentials
// it has, by real requests and in the AWS CLI's own form. It has credentials as the AWS CLI has them: from --profile or
// AWS_PROFILE by hatstand credential-process, else from the environment.

// Exit codes of the AWS CLI. Source: its user guide, "Command line return codes".
const (
	awsUsage   = 252
	awsSetting = 253
	awsRefused = 254
)

// standIn is the command line aws ARGS... Its errors are in the form of the AWS CLI.
func standIn(ctx context.Context, w app.World, args []string) error {
	c := awsClient{
		world: w, endpoint: w.Getenv("AWS_ENDPOINT_URL"), region: w.Getenv("AWS_REGION"),
		profile: w.Getenv("AWS_PROFILE"),
	}
	return c.run(ctx, args)
}

// fail says why on stderr, and ends with the AWS CLI's exit code.
func (c *awsClient) fail(code int, format string, args ...any) error {
	fmt.Fprintf(c.world.Stderr, "\n"+format+"\n", args...)
	return &child.ExitError{Code: code}
}

type awsClient struct {
	world                     app.World
	endpoint, region, profile string
	creds                     aws.Credentials
}

func (c *awsClient) run(ctx context.Context, args []string) error {
	words, err := c.flags(args)
	if err != nil {
		return err
	}
	bucket := ""
	if len(words) == 3 {
		bucket = words[2]
	}
	switch address, isS3 := strings.CutPrefix(bucket, "s3://"); {
	case len(words) < 2 || len(words) > 3, bucket != "" && !isS3:
		return c.unknownCommand()
	case words[0] == "s3" && words[1] == "ls":
		if err := c.getCredentials(ctx); err != nil {
			return err
		}
		if bucket == "" {
			return c.listBuckets(ctx)
		}
		name, prefix, _ := strings.Cut(address, "/")
		return c.listObjects(ctx, name, prefix)
	case words[0] == "sts" && words[1] == "get-caller-identity" && bucket == "":
		if err := c.getCredentials(ctx); err != nil {
			return err
		}
		return c.getCallerIdentity(ctx)
	}
	return c.unknownCommand()
}

func (c *awsClient) unknownCommand() error {
	return c.fail(awsUsage, "aws: error: the AWS CLI is not installed here; the demo's stand-in has\n"+
		"  aws s3 ls [s3://BUCKET[/PREFIX]]\n  aws sts get-caller-identity")
}

// flags takes the settings from a command line, and returns the words.
func (c *awsClient) flags(args []string) (words []string, err error) {
	ignored := ""
	settings := map[string]*string{
		"--profile": &c.profile, "--region": &c.region, "--endpoint-url": &c.endpoint, "--output": &ignored,
	}
	for i := 0; i < len(args); i++ {
		name, value, whole := strings.Cut(args[i], "=")
		to := settings[name]
		switch {
		case to == nil && strings.HasPrefix(name, "-"):
			return nil, c.fail(awsUsage, "aws: error: the demo's stand-in for the AWS CLI does not know %s", name)
		case to == nil:
			words = append(words, args[i])
			continue
		case !whole && i+1 == len(args):
			return nil, c.fail(awsUsage, "aws: error: argument %s: expected one argument", name)
		case !whole:
			i++
			value = args[i]
		}
		*to = value
	}
	return words, nil
}

// getCredentials asks hatstand for those of a profile.
func (c *awsClient) getCredentials(ctx context.Context) error {
	if c.region == "" {
		c.region = region
	}
	if c.profile == "" {
		c.creds = aws.Credentials{AccessKeyID: c.world.Getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: c.world.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: c.world.Getenv("AWS_SESSION_TOKEN")}
		if c.creds.AccessKeyID == "" {
			return c.fail(awsSetting,
				`Unable to locate credentials. You can configure credentials by running "aws configure".`)
		}
		return nil
	}
	cmd := exec.CommandContext(ctx, c.world.Self(), "credential-process", c.profile)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return c.fail(awsRefused, "Error when retrieving credentials from custom-process: %s", strings.TrimSpace(errs.String()))
	}
	var doc struct{ AccessKeyId, SecretAccessKey, SessionToken string }
	if err := json.Unmarshal(out, &doc); err != nil {
		return fmt.Errorf("credential-process did not print its document: %w", err)
	}
	c.creds = aws.Credentials{AccessKeyID: doc.AccessKeyId, SecretAccessKey: doc.SecretAccessKey,
		SessionToken: doc.SessionToken}
	return nil
}

// call sends a signed request and reads its answer in XML. The demo's AWS is on this machine, whatever proxy there is.
func (c *awsClient) call(ctx context.Context, operation, service, target string, form url.Values, answer any) error {
	if at, err := url.Parse(c.endpoint); err != nil || !partitions.Loopback(at.Hostname()) {
		return c.fail(awsRefused, "Could not connect to the endpoint URL: %q, which is not the demo's AWS", c.endpoint)
	}
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.endpoint, "/")+target, strings.NewReader(body))
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err := signer.SignHTTP(ctx, c.creds, r, hash, service, c.region, c.world.Now()); err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: &http.Transport{}, Timeout: time.Minute}).Do(r)
	if err != nil {
		return c.fail(awsRefused, "Could not connect to the endpoint URL: %q", c.endpoint)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusOK {
		return xml.Unmarshal(b, answer)
	}
	type reason struct{ Code, Message string }
	var refused struct {
		reason
		Error reason // STS has it one element deeper
	}
	if err := xml.Unmarshal(b, &refused); err != nil {
		return fmt.Errorf("%s: %s", operation, resp.Status)
	}
	if refused.Code == "" {
		refused.reason = refused.Error
	}
	return c.fail(awsRefused, "An error occurred (%s) when calling the %s operation: %s", refused.Code, operation,
		refused.Message)
}

func (c *awsClient) listBuckets(ctx context.Context) error {
	var answer struct {
		Buckets []struct {
			Name         string
			CreationDate time.Time
		} `xml:"Buckets>Bucket"`
	}
	if err := c.call(ctx, "ListBuckets", "s3", "/", nil, &answer); err != nil {
		return err
	}
	for _, b := range answer.Buckets {
		fmt.Fprintf(c.world.Stdout, "%s %s\n", local(b.CreationDate), b.Name)
	}
	return nil
}

// local is a time as the AWS CLI shows it.
func local(t time.Time) string { return t.Local().Format(time.DateTime) }

func (c *awsClient) listObjects(ctx context.Context, bucket, prefix string) error {
	token := ""
	for {
		var answer struct {
			Contents []struct {
				Key          string
				LastModified time.Time
				Size         int64
			}
			CommonPrefixes        []struct{ Prefix string }
			NextContinuationToken string
		}
		query := url.Values{"list-type": {"2"}, "delimiter": {"/"}, "prefix": {prefix}}
		if token != "" {
			query.Set("continuation-token", token)
		}
		target := "/" + url.PathEscape(bucket) + "?" + query.Encode()
		if err := c.call(ctx, "ListObjectsV2", "s3", target, nil, &answer); err != nil {
			return err
		}
		folder := prefix[:strings.LastIndexByte(prefix, '/')+1] // names are shown from the last slash on
		for _, p := range answer.CommonPrefixes {
			fmt.Fprintf(c.world.Stdout, "%30s %s\n", "PRE", strings.TrimPrefix(p.Prefix, folder))
		}
		for _, o := range answer.Contents {
			fmt.Fprintf(c.world.Stdout, "%s %10d %s\n", local(o.LastModified), o.Size, strings.TrimPrefix(o.Key, folder))
		}
		if token = answer.NextContinuationToken; token == "" {
			return nil
		}
	}
}

func (c *awsClient) getCallerIdentity(ctx context.Context) error {
	var answer struct {
		Result struct{ UserId, Account, Arn string } `xml:"GetCallerIdentityResult"`
	}
	form := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}
	if err := c.call(ctx, "GetCallerIdentity", "sts", "/", form, &answer); err != nil {
		return err
	}
	b, err := json.MarshalIndent(answer.Result, "", "    ")
	fmt.Fprintf(c.world.Stdout, "%s\n", b)
	return err
}

// realCLI reports whether there is an AWS CLI that starts: what pyenv and its like leave on PATH may be an empty shell.
func realCLI(ctx context.Context, env []string) bool {
	path, err := exec.LookPath("aws")
	if err != nil {
		return false
	}
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = slices.Clone(env)
	out, err := cmd.CombinedOutput()
	return err == nil && bytes.HasPrefix(out, []byte("aws-cli/"))
}
