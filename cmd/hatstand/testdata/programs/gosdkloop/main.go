// Gosdkloop is a program that runs longer than its credentials live. For each line of its standard input it asks
// STS, with AWS's SDK for Go, who it is, and prints the ARN. Its argument is the endpoint URL.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithBaseEndpoint(os.Args[1]))
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	client := sts.NewFromConfig(cfg)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		who, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(aws.ToString(who.Arn))
	}
}
