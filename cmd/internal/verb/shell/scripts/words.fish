# __hatstand_suggest PROGRAM WORDS...: what may follow the words, in the place of the word at the cursor. The words are
# unquoted and nothing of them is evaluated.
function __hatstand_suggest
    set -l typed (commandline -ct)
    set -l word (string unescape -- "$typed"; or string replace -r '^["\']' '' -- "$typed")
    set -l lines (command $argv[1] __complete $argv[2..-1] "$word" 2>/dev/null)
    set -l lead (string match -r -- '^-[^=]*=' "$word")
    set -l directive 0
    set -l found 0
    for line in $lines
        if string match -qr -- '^:[0-9]+$' $line
            set directive (string sub -s 2 -- $line)
        else if test -n "$line"
            set found 1
            printf '%s\n' "$lead$line"
        end
    end
    if test $found -eq 0; and test (math "floor($directive / 4) % 2") -eq 0
        __fish_complete_path (commandline -ct)
    end
end
