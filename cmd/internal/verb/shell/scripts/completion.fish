function __hatstand_complete
    set -l rest (commandline -opc)
    set -l program (string replace -r '.*/' '' -- $rest[1])
    set -e rest[1]
    set -l dashes (contains -i -- -- $rest)
    if test "$rest[1]" = exec -a -n "$dashes" # a command line of its own follows
        set -e rest[1..$dashes]
        complete -C (string join ' ' -- (string escape -- $rest) (commandline -ct) | string collect)
        return
    end
    test "$program" = hatstand-credential-process; and set rest credential-process $rest
    __hatstand_suggest hatstand $rest
end
for program in hatstand hatstand-credential-process
    complete -c $program -e
    complete -c $program -f -a '(__hatstand_complete)'
end
