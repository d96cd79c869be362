package child

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// tie has Windows end a process, and all that it starts, when this process ends before it, killed perhaps.
// loosen is called when the process has ended by itself: what it left running on purpose goes on then. Where
// no job can be made, the process is on its own.
func tie(pid int) (loosen func()) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return func() {}
	}
	limit := func(flags uint32) error {
		info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
			BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: flags},
		}
		_, err := windows.SetInformationJobObject(
			job,
			windows.JobObjectExtendedLimitInformation,
			uintptr(unsafe.Pointer(&info)),
			uint32(unsafe.Sizeof(info)),
		)
		return err
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err == nil {
		if err = limit(windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err == nil {
			err = windows.AssignProcessToJobObject(job, process)
		}
		_ = windows.CloseHandle(process)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return func() {}
	}
	// The job's handle stays open on purpose: to close it is what ends the processes.
	return func() {
		if limit(0) == nil {
			_ = windows.CloseHandle(job)
		}
	}
}
