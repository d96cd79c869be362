# hat PROFILE: this shell wears the profile's role. hat: choose one. hat -: the one before. hat --off: none.
function hat
    set -l out
    switch "$argv[1]"
        case --off
            set out (command @HATSTAND@ env --unset --format fish | string collect)
            or return $pipestatus[1]
            test $pipestatus[1] -eq 0; or return 1
        case -
            if not set -q _hat_before
                echo 'hat: there was none before' >&2
                return 2
            end
            if test -n "$_hat_before"
                hat $_hat_before
            else
                hat --off
            end
            return
        case -h --help
            echo 'usage: hat PROFILE [flags of hatstand env] | hat | hat - | hat --off'
            return
        case '*'
            set out (command @HATSTAND@ env --format fish $argv | string collect)
    end
    set -l code $pipestatus[1]
    test $code -eq 0; or return $code
    set -g _hat_before "$HATSTAND_PROFILE"
    eval $out
end
complete -c hat -e
complete -c hat -f
complete -c hat -n 'test (count (commandline -opc)) -eq 1' -a '(command @HATSTAND@ __completeNoDesc env (commandline -ct) 2>/dev/null | string match -v ":*")'
