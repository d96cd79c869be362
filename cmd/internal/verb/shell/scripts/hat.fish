# hat PROFILE: this shell takes the profile's role. hat: choose one. hat -: the one before. hat --off: none.
set -g _hat_have ' '
set -g _hat_how --off
set -e _hat_before
function hat
    if test "$argv[1]" = -
        if not set -q _hat_before
            echo 'hat -: nothing to go back to; name a profile, or unset all with hat --off' >&2
            return 2
        end
        set argv $_hat_before
    end
    set -l out (command @HATSTAND@ hat fish $argv | string collect)
    set -l code $pipestatus[1]
    test $code -eq 0; or return $code
    eval $out
end
function _hat_changed # HAD HAS ARGUMENTS...: what this shell had until now, what it has from now on, and how to ask for that
    set -e _hat_before
    test "$argv[1]" = "$_hat_have"; and set -g _hat_before $_hat_how
    set -g _hat_have "$argv[2]"
    set -g _hat_how $argv[3..-1]
end
complete -c hat -e
complete -c hat -f
complete -c hat -n 'test (count (commandline -opc)) -eq 1' -a '(command @HATSTAND@ __completeNoDesc env (commandline -ct) 2>/dev/null | string match -v ":*")'
