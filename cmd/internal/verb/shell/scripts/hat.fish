# hat PROFILE: this shell takes the profile's role. hat: choose one. hat -: the one before. hat --off: as it was.
if not set -qg _hat_how
    set -g _hat_how --off # how to ask for what the shell has now
    set -g _hat_names # of the variables that hat has changed
    set -g _hat_have ''
    set -g _hat_key ''
end
function hat
    if test "$argv[1]" = -
        if not set -q _hat_before
            echo 'hat -: nothing to go back to; name a profile' >&2
            return 2
        end
        set argv $_hat_before
    end
    if test "$argv" = --off
        _hat_off
        return
    end
    set -l out (_hat_ask $argv | string collect)
    set -l code $pipestatus[1]
    test $code -eq 0; or return $code
    eval $out
end
# _hat_ask ARGUMENTS...: what the program prints, which sees the variables as they were before hat. set -lu hides one.
function _hat_ask
    set -l script
    for name in (_hat_left_names)
        if contains $name $_hat_exported
            set -a script "set -lx $name \$_hat_was_$name;"
        else
            set -a script "set -lu $name;"
        end
    end
    eval "$script"
    command @HATSTAND@ hat fish $argv
end
function _hat_on # NAME...: these variables will be changed. Keep what they are without hat.
    set -l before --off
    _hat_is_on; and set before $_hat_how
    set -g _hat_before $before
    _hat_restore
    _hat_forget
    set -g _hat_names $argv
    for name in $argv
        set -q $name; and set -gu _hat_was_$name $$name
        set -qx $name; and set -ga _hat_exported $name
        set -qg $name; and set -ga _hat_global $name
    end
end
# _hat_done SECONDS COMMAND ARGUMENTS...: hat has changed them. The credentials end after SECONDS, unless that is ''.
# COMMAND gets new ones. ARGUMENTS ask for the same once more.
function _hat_done
    for name in $_hat_names
        set -q $name; and set -gu _hat_left_$name $$name
    end
    set -g _hat_have "$HATSTAND_PROFILE $AWS_PROFILE $AWS_ACCESS_KEY_ID"
    set -g _hat_key "$AWS_ACCESS_KEY_ID"
    set -g _hat_again $argv[2]
    set -g _hat_told ''
    test -n "$argv[1]"; and set -g _hat_ends (math (_hat_clock) + $argv[1])
    set -g _hat_how $argv[3..-1]
end
function _hat_drop # NAME...: a universal variable is hidden in this shell, and stays for others.
    for name in $argv
        set -eg $name
        set -qU $name; and set -gu $name
    end
end
function _hat_is_on # the shell has the role that hat has set, and nobody has set another since
    test -n "$_hat_names"; and test "$_hat_have" = "$HATSTAND_PROFILE $AWS_PROFILE $AWS_ACCESS_KEY_ID"
end
# _hat_is_left NAME: the variable is as hat left it. Where there are other credentials, all are somebody else's.
function _hat_is_left -a name
    test "$AWS_ACCESS_KEY_ID" = "$_hat_key"; or return 1
    set -l left _hat_left_$name
    if set -q $left
        set -q $name; and test "$$left" = "$$name"
    else
        not set -q $name
    end
end
function _hat_left_names
    for name in $_hat_names
        _hat_is_left $name; and echo $name
    end
end
function _hat_restore # variables are again what they were before hat, but for those that were set anew since
    for name in (_hat_left_names)
        set -eg $name
        contains $name $_hat_global; or continue
        set -l was _hat_was_$name
        if contains $name $_hat_exported
            set -gx $name $$was
        else
            set -gu $name $$was
        end
    end
end
function _hat_forget
    for name in $_hat_names
        set -eg _hat_was_$name
        set -eg _hat_left_$name
    end
    set -eg _hat_exported
    set -eg _hat_global
    set -eg _hat_ends
    set -g _hat_names
    set -g _hat_have ''
end
function _hat_off
    if _hat_is_on
        set -g _hat_before $_hat_how
        _hat_restore
    else if test -n "$_hat_names$HATSTAND_PROFILE"
        set -eg _hat_before
        _hat_restore
        if test -n "$HATSTAND_PROFILE" # it is not of this shell's hat
            set -l out (command @HATSTAND@ hat fish --off | string collect)
            set -l code $pipestatus[1]
            test $code -eq 0; or return $code
            eval $out
        end
    end
    _hat_forget
    set -g _hat_how --off
end
# _hat_clock prints the time in seconds and starts no program: when a folder was changed, and how long ago that is.
function _hat_clock
    if builtin -n | string match -q path
        math (path mtime /) + (path mtime -R /)
    else
        date +%s
    end
end
# _hat_note tells, before a prompt, that the credentials will end and that they have. It starts no program.
function _hat_note --on-event fish_prompt
    set -q _hat_ends; and _hat_is_on; and builtin -n | string match -q path; or return 0
    set -l left (math $_hat_ends - (_hat_clock))
    if test $left -le 0
        test "$_hat_told" = ended; and return 0
        set -g _hat_told ended
        echo "hatstand: note: the credentials of $HATSTAND_PROFILE have ended; new ones: $_hat_again" >&2
    else if test $left -le 300; and test -z "$_hat_told"
        set -g _hat_told soon
        echo "hatstand: note: the credentials of $HATSTAND_PROFILE end in "(math "ceil($left / 60)")" min; new ones: $_hat_again" >&2
    end
end
function __hat_complete
    set -l rest (commandline -opc)
    __hatstand_suggest @HATSTAND@ hat fish $rest[2..-1]
end
complete -c hat -e
complete -c hat -f -a '(__hat_complete)'
