using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using static Microsoft.Azure.Functions.Worker.AuthorizationLevel;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class FunctionRefusalsTests
{
    private static readonly IResult Ok = TypedResults.Ok();

    public static class Level
    {
        [Function("F")]
        public static IResult Run([HttpTrigger(Function, "get", Route = "f")] HttpRequest r) => Ok;
    }

    public static class AdminRoute
    {
        [Function("F")]
        public static IResult Run([HttpTrigger(Anonymous, Route = "Admin/cron")] HttpRequest r) => Ok;
    }

    public static class RuntimeRoute
    {
        [Function("F")]
        public static IResult Run([HttpTrigger(Anonymous, Route = "/runtimes")] HttpRequest r) => Ok;
    }

    public static class AdminName
    {
        [Function("AdminPage")]
        public static IResult Run([HttpTrigger(Anonymous)] HttpRequest r) => Ok;
    }

    public static class ReturnsText
    {
        [Function("F")]
        public static string Run([HttpTrigger(Anonymous)] HttpRequest r) => "";
    }

    public static class ReturnsUnion
    {
        [Function("F")]
        public static Task<Results<Ok, NotFound>> Run([HttpTrigger(Anonymous)] HttpRequest r) => null!;
    }

    public static class ReturnsValueTask
    {
        [Function("F")]
        public static ValueTask<IResult> Run([HttpTrigger(Anonymous)] HttpRequest r) => new(Ok);
    }

    public static class Service
    {
        [Function("F")]
        public static IResult Run([HttpTrigger(Anonymous)] HttpRequest r, TimeProvider time) => Ok;
    }

    public static class QueryValue
    {
        [Function("F")]
        public static IResult Run([HttpTrigger(Anonymous)] HttpRequest r, string page) => Ok;
    }

    public static class TypedValue
    {
        [Function("F")]
        public static IResult Run([HttpTrigger(Anonymous, Route = "f/{id:long}")] HttpRequest r, long id) => Ok;
    }

    public static class NoTrigger
    {
        [Function("F")]
        public static IResult Run(HttpRequest r) => Ok;
    }

    public abstract class Abstract
    {
        [Function("F")]
        public IResult Run([HttpTrigger(Anonymous)] HttpRequest r) => GetHashCode() > 0 ? Ok : Ok;
    }

    public static class Hidden
    {
        [Function("F")]
        internal static IResult Run([HttpTrigger(Anonymous)] HttpRequest r) => Ok;
    }

    public static class Void
    {
#pragma warning disable AZFW0002 // The official analyzer finds it too; a build may have been told not to listen.
        [Function("F")]
        public static async void Run([TimerTrigger("0 * * * *")] TimerInfo timer) => await Task.Yield();
#pragma warning restore AZFW0002
    }

    public static class TimerValue
    {
        [Function("F")]
        public static Task<int> Run([TimerTrigger("0 * * * *")] TimerInfo timer) => Task.FromResult(1);
    }

    public static class TimerService
    {
        [Function("F")]
        public static Task Run([TimerTrigger("0 * * * *")] TimerInfo timer, TimeProvider time) => Task.CompletedTask;
    }

    public static class SameName
    {
        [Function("F")] public static Task Run([TimerTrigger("0 * * * *")] TimerInfo timer) => Task.CompletedTask;
        [Function("f")] public static Task RunAgain([TimerTrigger("0 * * * *")] TimerInfo timer) => Task.CompletedTask;
    }

    [Theory]
    [InlineData(typeof(Level), "Function Level.Run: has the level Function; only Anonymous is served.")]
    [InlineData(typeof(AdminRoute), "the route 'Admin/cron' begins with admin or runtime")]
    [InlineData(typeof(RuntimeRoute), "the route 'runtimes' begins with admin or runtime")]
    [InlineData(typeof(AdminName), "the route 'AdminPage' begins with admin or runtime")]
    [InlineData(typeof(ReturnsText), "returns String; allowed are IResult and Task<IResult>.")]
    [InlineData(typeof(ReturnsUnion), "allowed are IResult and Task<IResult>.")]
    [InlineData(typeof(ReturnsValueTask), "allowed are IResult and Task<IResult>.")]
    [InlineData(typeof(Service), "services come through the constructor.")]
    [InlineData(typeof(QueryValue), "the parameter page is a String; allowed are the triggering HttpRequest, values of the route")]
    [InlineData(typeof(TypedValue), "the route value id is a Int64; allowed is string, to be parsed.")]
    [InlineData(typeof(NoTrigger), "has 0 triggers; it must have one.")]
    [InlineData(typeof(Abstract), "must be a public method of a public class that can be made.")]
    [InlineData(typeof(Hidden), "must be a public method of a public class that can be made.")]
    [InlineData(typeof(Void), "is async void")]
    [InlineData(typeof(TimerValue), "allowed are Task and void.")]
    [InlineData(typeof(TimerService), "services come through the constructor.")]
    [InlineData(typeof(SameName), "the name f is taken by another function.")]
    public void What_the_official_worker_may_not_run_alike_is_refused_at_start(Type functions, string because)
    {
        var builder = WorkerHost.Builder(functions);

        var refusal = Assert.Throws<InvalidOperationException>(builder.Build);

        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
    }
}
