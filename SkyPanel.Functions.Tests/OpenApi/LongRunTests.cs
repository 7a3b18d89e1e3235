using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.OpenApi;

public sealed class LongRunTests
{
    [Fact]
    public async Task A_run_longer_than_an_answer_may_take_is_gone_on_with_by_the_next_heartbeat_and_asked_for_later()
    {
        var ct = TestContext.Current.CancellationToken;
        await RealClock.AwayFromAFullHourAsync();
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, Outside.OutsidePanel.HoursAgo(3));
        var (gate, clock) = (new RequestGate(), new FakeTimeProvider());
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Hold(gate), times: 1);
        var context = new DefaultHttpContext { RequestServices = panel.Services };
        context.Request.Path = "/api/admin/cron/trigger-hourly-billing";
        context.Response.Body = new MemoryStream();

        var answer = ActivatorUtilities.CreateInstance<JobTrigger>(panel.Services, clock)
            .TriggerAsync(context.Request, new("test", Role.Operator, "::1", "1"), "hourly-billing");
        await gate.WaitForArrivalsAsync(1, ct);
        for (; !answer.IsCompleted; await Task.Delay(20, ct))
            clock.Advance(TimeSpan.FromSeconds(100));
        await (await answer).ExecuteAsync(context);
        Assert.Equal(202, context.Response.StatusCode);
        context.Response.Body.Position = 0;
        var told = (await JsonNode.ParseAsync(context.Response.Body, cancellationToken: ct))!;
        Assert.Empty(new AnswerSchemas(Recorder.Api).Problems(new JsonObject { ["$ref"] = "#/components/schemas/RunGoesOn" }, told));

        gate.Open();
        var (runs, runId) = (panel.Services.GetRequiredService<RunQueries>(), told["runId"]!.GetValue<long>());
        Assert.Equal(RunStatus.Running, (await runs.FindAsync(runId, ct))!.Status);
        await panel.Services.GetRequiredService<Heartbeat>().BeatAsync(ct);
        Assert.Equal((RunStatus.Succeeded, 3L), await runs.FindAsync(runId, ct) is { } run ? (run.Status, run.HoursBilled) : default);
    }
}
