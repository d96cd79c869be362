package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"hatstand/credproc/awsclient"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// whoami is a program of its own, and a client of AWS: it asks STS who it is with the credentials that its environment
// has or that the endpoint there hands out, and prints the ARN. It goes by the story's clock, as no SDK does.
func whoami() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	arn, err := callerOf(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "whoami:", err)
		os.Exit(1)
	}
	fmt.Println(arn)
}

func callerOf(ctx context.Context) (string, error) {
	c := credentials.Value{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN")}
	if url := os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"); url != "" && c.AccessKeyID == "" {
		var err error
		if c, err = containerCredentials(ctx, url); err != nil {
			return "", err
		}
	}
	config := awsclient.Config{HTTP: http.DefaultClient, Now: testClock{os.Getenv(clockVariable)}.now}
	return sts.Connect(config, os.Getenv("AWS_REGION"), profiles.Endpoint{URL: os.Getenv("AWS_ENDPOINT_URL_STS")}, c).
		GetCallerIdentity(ctx)
}

func containerCredentials(ctx context.Context, url string) (credentials.Value, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return credentials.Value{}, err
	}
	token := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if file := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return credentials.Value{}, err
		}
		token = string(text)
	}
	request.Header.Set("Authorization", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return credentials.Value{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return credentials.Value{}, err
	}
	if response.StatusCode != http.StatusOK {
		return credentials.Value{}, fmt.Errorf("HTTP %d %s", response.StatusCode, body)
	}
	var c struct{ AccessKeyId, SecretAccessKey, Token string }
	err = json.Unmarshal(body, &c)
	return credentials.Value{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.Token}, err
}
